-- The contacts somebody asks about: by id, and by the number, as it is stored or in the spellings a number has without formatting.
SELECT id FROM contacts
 WHERE campaign_id = :#${variable.campaign.id} AND id = cast(nullif(:#${variable.inquiry.id}, '') AS uuid)
 UNION
SELECT id FROM contacts
 WHERE campaign_id = :#${variable.campaign.id} AND phone_number = ANY (cast(:#${variable.inquiry.numbers} AS text[]))

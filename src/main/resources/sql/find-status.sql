-- The campaign's state as the reply tells it, after everything this invocation did.
SELECT status FROM campaigns WHERE id = :#${variable.campaign.id}

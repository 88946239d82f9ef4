-- Where a short link leads, without a word written: for a database that takes none at the moment. Whoever clicks is not to wait for it.
SELECT target FROM sms_links WHERE token = cast(:#${variable.click.token} AS text)

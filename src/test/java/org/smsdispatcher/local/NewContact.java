package org.smsdispatcher.local;

import java.util.Map;

/**
 * A contact to load.
 *
 * @param phoneNumber as it is written, at most 20 characters
 * @param timezone null for the campaign's
 * @param values what the template may ask for
 */
record NewContact(String phoneNumber, String timezone, Map<String, String> values) {}

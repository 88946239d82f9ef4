/** What became of a message after SNS took it: receipts, the record they move, and the contact's fate. See docs/tracking.md. */
package org.smsdispatcher.tracking;

/** Dispatches the messages of SMS campaigns: the Lambda handlers and what they are made of. */
package org.smsdispatcher;

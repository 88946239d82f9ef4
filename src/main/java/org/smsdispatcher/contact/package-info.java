/** The recipient and what may be sent: phone numbers, templates, screening. */
package org.smsdispatcher.contact;

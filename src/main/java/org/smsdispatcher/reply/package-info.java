/** Outcomes, counted, and the answer of an invocation. */
package org.smsdispatcher.reply;

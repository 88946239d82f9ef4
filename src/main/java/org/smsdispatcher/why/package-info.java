/** "Why?": dry runs, explanations and audits of a campaign. They read, and write nothing. */
package org.smsdispatcher.why;

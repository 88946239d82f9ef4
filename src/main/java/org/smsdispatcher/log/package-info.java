/** Log lines: JSON on Lambda, text elsewhere; SLF4J's provider in this process. */
package org.smsdispatcher.log;

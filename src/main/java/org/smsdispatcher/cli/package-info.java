/** The command line: dispatch, ask, report and migrate from a terminal. No part of the function's jar. */
package org.smsdispatcher.cli;

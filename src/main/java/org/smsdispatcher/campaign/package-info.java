/** The campaign and its rules: config, time zones, calling windows. */
package org.smsdispatcher.campaign;

/** Dispatching every due campaign in one invocation. */
package org.smsdispatcher.sweep;

/** What an invocation counted and how long it took, as CloudWatch reads it. */
package org.smsdispatcher.metrics;

/** From armed to settled: chunks, SNS and what its answers mean. */
package org.smsdispatcher.publish;

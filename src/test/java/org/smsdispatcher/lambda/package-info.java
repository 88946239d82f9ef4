/** The function as Lambda runs it: a Runtime API, the function's process, and what is asked of both. */
package org.smsdispatcher.lambda;

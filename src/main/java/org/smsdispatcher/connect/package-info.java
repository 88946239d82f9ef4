/** Settings, and the far ends made from them: PostgreSQL, Redis, SNS. */
package org.smsdispatcher.connect;

/** What the promises rest on, put to the test: interleavings, seeded faults, chaos, speed and scale. See docs/proof.md. */
package org.smsdispatcher.proof;

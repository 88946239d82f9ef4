package org.smsdispatcher;

import org.apache.camel.Exchange;
import org.apache.camel.Processor;

/**
 * Leaves a part of a split nothing but its body: for a split's {@code onPrepare}. Camel copies an exchange with all its variables and
 * headers for every bean a part's expressions ask; what the part does not need is copied a dozen times per contact.
 */
public final class BodyAlone implements Processor {

    @Override
    public void process(Exchange part) {
        part.getVariables().clear();
        part.getMessage().removeHeaders("*");
    }
}

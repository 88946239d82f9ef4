package org.smsdispatcher;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.TreeSet;
import org.apache.camel.CamelContext;
import org.apache.camel.NamedNode;
import org.apache.camel.Processor;
import org.apache.camel.model.ToDefinition;
import org.apache.camel.spi.InterceptStrategy;

/** Stands before every step that sends, and writes down its URI and the names of the headers it has. Bound as a bean. */
final class HeadersSeen implements InterceptStrategy {

    private final List<String> steps = new ArrayList<>();
    private final Set<String> names = new TreeSet<>();
    private CamelContext context;

    @Override
    public Processor wrapProcessorInInterceptors(CamelContext camel, NamedNode node, Processor target, Processor next) {
        context = camel;
        if (!(node instanceof ToDefinition to)) {
            return target;
        }
        return exchange -> {
            synchronized (this) {
                steps.add(to.getUri());
                exchange.getMessage().getHeaders().keySet().forEach(name -> names.add(name.toLowerCase(Locale.ROOT)));
            }
            target.process(exchange);
        };
    }

    /** The Camel it stands in. */
    CamelContext context() {
        return context;
    }

    synchronized void reset() {
        steps.clear();
        names.clear();
    }

    /** The endpoints that were sent to since the last reset, in order. */
    synchronized List<String> steps() {
        return List.copyOf(steps);
    }

    /** The headers they were sent, in lower case, as Camel compares them. */
    synchronized Set<String> names() {
        return Set.copyOf(names);
    }
}

package org.smsdispatcher;

import java.util.concurrent.atomic.AtomicInteger;
import org.apache.camel.CamelContext;
import org.apache.camel.NamedNode;
import org.apache.camel.Processor;
import org.apache.camel.model.ToDefinition;
import org.apache.camel.spi.InterceptStrategy;

/**
 * Stands before and behind every step that leaves the process (PostgreSQL, Redis, SNS): counts them, and lets a test do something
 * at a chosen one. Bound as a bean before Camel starts.
 */
final class Sends implements InterceptStrategy {

    /** What a test does at a step. */
    interface Hook {
        void at(String stepId, int number) throws Exception;
    }

    private final AtomicInteger all = new AtomicInteger();
    private final AtomicInteger statements = new AtomicInteger();
    private volatile Hook before = (id, number) -> {};
    private volatile Hook after = (id, number) -> {};

    @Override
    public Processor wrapProcessorInInterceptors(
            CamelContext context, NamedNode node, Processor target, Processor next) {
        if (!(node instanceof ToDefinition to) || to.getUri().startsWith("direct:")) {
            return target;
        }
        boolean statement = to.getUri().startsWith("sql:");
        return exchange -> {
            int number = all.getAndIncrement();
            before.at(node.getId(), number);
            if (statement) {
                statements.incrementAndGet();
            }
            target.process(exchange);
            if (exchange.getException() == null) {
                after.at(node.getId(), number);
            }
        };
    }

    /** Starts counting from zero, with nothing done at any step. */
    void reset() {
        all.set(0);
        statements.set(0);
        before = (id, number) -> {};
        after = (id, number) -> {};
    }

    void before(Hook hook) {
        before = hook;
    }

    void after(Hook hook) {
        after = hook;
    }

    /** Steps that left the process since the last reset. */
    int count() {
        return all.get();
    }

    /** SQL statements since the last reset. */
    int statements() {
        return statements.get();
    }
}

package org.smsdispatcher.log;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import org.slf4j.spi.MDCAdapter;

/**
 * What every line tells beside its message: request id, trace id, campaign id. Of the process and not of a thread, since an
 * instance of the function has one invocation at a time, whose lanes are many threads.
 */
final class LogContext implements MDCAdapter {

    private final ConcurrentMap<String, String> values = new ConcurrentHashMap<>();
    private final ConcurrentMap<String, Deque<String>> stacks = new ConcurrentHashMap<>();

    @Override
    public void put(String key, String value) {
        if (value == null) {
            values.remove(key);
        } else {
            values.put(key, value);
        }
    }

    @Override
    public String get(String key) {
        return values.get(key);
    }

    @Override
    public void remove(String key) {
        values.remove(key);
    }

    @Override
    public void clear() {
        values.clear();
        stacks.clear();
    }

    @Override
    public Map<String, String> getCopyOfContextMap() {
        return new TreeMap<>(values);
    }

    @Override
    public void setContextMap(Map<String, String> all) {
        values.clear();
        values.putAll(all);
    }

    @Override
    public void pushByKey(String key, String value) {
        stacks.compute(key, (k, stack) -> {
            Deque<String> pushed = stack == null ? new ArrayDeque<>() : stack;
            pushed.push(value);
            return pushed;
        });
    }

    @Override
    public String popByKey(String key) {
        Deque<String> stack = stacks.get(key);
        return stack == null ? null : stack.poll();
    }

    @Override
    public Deque<String> getCopyOfDequeByKey(String key) {
        Deque<String> stack = stacks.get(key);
        return stack == null ? null : new ArrayDeque<>(stack);
    }

    @Override
    public void clearDequeByKey(String key) {
        stacks.remove(key);
    }
}

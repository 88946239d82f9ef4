package org.smsdispatcher.deploy;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.BiConsumer;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.snakeyaml.engine.v2.api.ConstructNode;
import org.snakeyaml.engine.v2.api.Load;
import org.snakeyaml.engine.v2.api.LoadSettings;
import org.snakeyaml.engine.v2.constructor.StandardConstructor;
import org.snakeyaml.engine.v2.nodes.MappingNode;
import org.snakeyaml.engine.v2.nodes.Node;
import org.snakeyaml.engine.v2.nodes.ScalarNode;
import org.snakeyaml.engine.v2.nodes.SequenceNode;

/** A CloudFormation template, its short functions ({@code !Ref x}) as the long ones ({@code {"Ref": "x"}}). */
final class Template {

    private static final Pattern VARIABLE = Pattern.compile("\\$\\{([^}!]+)}");

    private final Map<String, Object> root;

    private Template(Map<String, Object> root) {
        this.root = root;
    }

    static Template parse(String yaml) {
        LoadSettings settings = LoadSettings.builder().build();
        return new Template(map(new Load(settings, new WithFunctions(settings)).loadFromString(yaml)));
    }

    private static final class WithFunctions extends StandardConstructor {

        WithFunctions(LoadSettings settings) {
            super(settings);
        }

        @Override
        protected Optional<ConstructNode> findConstructorFor(Node node) {
            String tag = node.getTag().getValue();
            return tag.matches("![A-Z].*")
                    ? Optional.of(shortForm -> Map.of(longName(tag.substring(1)), value(shortForm)))
                    : super.findConstructorFor(node);
        }

        private static String longName(String name) {
            return name.equals("Ref") || name.equals("Condition") ? name : "Fn::" + name;
        }

        private Object value(Node node) {
            if (node instanceof ScalarNode scalar) {
                return scalar.getValue();
            }
            return node instanceof SequenceNode sequence
                    ? constructSequence(sequence)
                    : constructMapping((MappingNode) node);
        }
    }

    @SuppressWarnings("unchecked")
    static Map<String, Object> map(Object value) {
        return (Map<String, Object>) value;
    }

    /** A section's entries; none where it is missing. */
    Map<String, Object> section(String name) {
        return map(root.getOrDefault(name, Map.of()));
    }

    /** The resources of that type, by name. */
    Map<String, Map<String, Object>> resources(String type) {
        Map<String, Map<String, Object>> found = new LinkedHashMap<>();
        section("Resources").forEach((name, resource) -> {
            if (type.equals(map(resource).get("Type"))) {
                found.put(name, map(resource));
            }
        });
        return found;
    }

    static Map<String, Object> properties(Map<String, Object> resource) {
        return map(resource.getOrDefault("Properties", Map.of()));
    }

    Object root() {
        return root;
    }

    /** What a value comes to with every condition either way: the branches of each {@code If}, without those that are no value. */
    static Stream<Object> branches(Object value) {
        if (value instanceof Map<?, ?> function && function.get("Fn::If") instanceof List<?> parts) {
            return Stream.of(parts.get(1), parts.get(2)).flatMap(Template::branches);
        }
        return Map.of("Ref", "AWS::NoValue").equals(value) ? Stream.empty() : Stream.of(value);
    }

    static List<Object> list(Object value) {
        if (value == null) {
            return List.of();
        }
        return value instanceof List<?> several ? new ArrayList<>(several) : List.of(value);
    }

    /** Every name of a parameter or resource that is referred to below {@code value}. */
    static Set<String> references(Object value) {
        Set<String> names = new LinkedHashSet<>();
        visit(value, (key, argument) -> {
            switch (key) {
                case "Ref" -> names.add((String) argument);
                case "Fn::GetAtt" ->
                    names.add(
                            argument instanceof List<?> parts
                                    ? (String) parts.get(0)
                                    : ((String) argument).split("\\.", 2)[0]);
                case "Fn::Sub" -> names.addAll(variables(argument));
                case "DependsOn" -> list(argument).forEach(name -> names.add((String) name));
                default -> {}
            }
        });
        return names;
    }

    private static Set<String> variables(Object argument) {
        String text = (String) list(argument).get(0);
        Set<String> own = argument instanceof List<?> parts ? map(parts.get(1)).keySet() : Set.of();
        Set<String> names = new LinkedHashSet<>();
        Matcher each = VARIABLE.matcher(text);
        while (each.find()) {
            String name = each.group(1);
            if (!own.contains(name)) {
                names.add(name.startsWith("AWS::") ? name : name.split("\\.", 2)[0]);
            }
        }
        return names;
    }

    /** Every condition that is asked for below {@code value}. */
    static Set<String> conditions(Object value) {
        Set<String> names = new LinkedHashSet<>();
        visit(value, (key, argument) -> {
            if (key.equals("Fn::If")) {
                names.add((String) list(argument).get(0));
            } else if (key.equals("Condition") && argument instanceof String name) {
                names.add(name);
            }
        });
        return names;
    }

    /** Calls back with every key and value of every map below {@code value}. */
    static void visit(Object value, BiConsumer<String, Object> visitor) {
        if (value instanceof Map<?, ?> entries) {
            entries.forEach((key, below) -> {
                visitor.accept(String.valueOf(key), below);
                visit(below, visitor);
            });
        } else if (value instanceof List<?> several) {
            several.forEach(below -> visit(below, visitor));
        }
    }
}

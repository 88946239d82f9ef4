package org.smsdispatcher.deploy;

import static org.smsdispatcher.deploy.Template.list;
import static org.smsdispatcher.deploy.Template.map;
import static org.smsdispatcher.deploy.Template.properties;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.smsdispatcher.metrics.Metric;

/** What a template of ours must keep to, whatever else a linter says. */
final class TemplateRules {

    /** The names under which the function publishes. */
    static final Set<String> METRICS =
            Set.copyOf(Stream.of(Metric.values()).map(Metric::published).toList());

    private static final int LEAST_TIMEOUT = 60;
    private static final String INTERFACES = "AWSLambdaENIManagementAccess";

    private final Template template;
    private final String settings;
    private final List<String> faults = new ArrayList<>();

    private TemplateRules(Template template, String settings) {
        this.template = template;
        this.settings = settings;
    }

    /**
     * What is wrong with it; nothing is the right answer.
     *
     * @param settings the text of {@code application.properties}, which names every variable
     */
    static List<String> faults(Template template, String settings) {
        TemplateRules rules = new TemplateRules(template, settings);
        rules.references();
        rules.descriptions();
        rules.permissions();
        rules.functions();
        rules.alarms();
        return rules.faults;
    }

    private void references() {
        Set<String> parameters = template.section("Parameters").keySet();
        Set<String> resources = template.section("Resources").keySet();
        Set<String> conditions = template.section("Conditions").keySet();
        Set<String> used = Template.references(template.root());
        Set<String> asked = Template.conditions(template.root());
        used.stream()
                .filter(name -> !name.startsWith("AWS::") && !parameters.contains(name) && !resources.contains(name))
                .forEach(name -> faults.add("there is no parameter or resource " + name));
        parameters.stream()
                .filter(name -> !used.contains(name))
                .forEach(name -> faults.add("parameter " + name + " is not used"));
        asked.stream()
                .filter(name -> !conditions.contains(name))
                .forEach(name -> faults.add("there is no condition " + name));
        conditions.stream()
                .filter(name -> !asked.contains(name))
                .forEach(name -> faults.add("condition " + name + " is not used"));
    }

    private void descriptions() {
        for (String section : List.of("Parameters", "Outputs")) {
            template.section(section).forEach((name, entry) -> {
                if (!map(entry).containsKey("Description")) {
                    faults.add(section + ": " + name + " has no description");
                }
            });
        }
    }

    private void permissions() {
        Stream.concat(
                        template.resources("AWS::IAM::Role").entrySet().stream(),
                        template.resources("AWS::IAM::Policy").entrySet().stream())
                .forEach(role -> {
                    Map<String, Object> properties = properties(role.getValue());
                    List<Object> documents = new ArrayList<>(list(properties.get("PolicyDocument")));
                    list(properties.get("Policies"))
                            .forEach(policy -> documents.add(map(policy).get("PolicyDocument")));
                    documents.forEach(document -> list(map(document).get("Statement")).stream()
                            .flatMap(Template::branches)
                            .forEach(statement -> permission(role.getKey(), map(statement))));
                    list(properties.get("ManagedPolicyArns")).stream()
                            .filter(arn -> !arn.toString().contains(INTERFACES))
                            .forEach(arn -> faults.add(role.getKey() + " has the managed policy " + arn));
                });
    }

    /** A star may deny, never allow. */
    private void permission(String role, Map<String, Object> statement) {
        if (!"Allow".equals(statement.get("Effect"))) {
            return;
        }
        for (String key : List.of("Action", "Resource")) {
            if (!statement.containsKey(key)) {
                faults.add(role + " allows without " + key);
            }
            list(statement.get(key)).stream()
                    .filter(value -> value.toString().contains("*"))
                    .forEach(value -> faults.add(role + " allows " + key + " " + value));
        }
    }

    private void functions() {
        Map<String, Object> globals = map(map(template.section("Globals").getOrDefault("Function", Map.of())));
        template.resources("AWS::Serverless::Function").forEach((name, function) -> {
            Map<String, Object> properties = properties(function);
            for (String key : List.of("Role", "ReservedConcurrentExecutions", "ImageUri", "MemorySize", "Timeout")) {
                if (!properties.containsKey(key)) {
                    faults.add(name + " has no " + key);
                }
            }
            logs(name, properties);
            deadLetters(name, properties);
            Map<String, Object> variables = new LinkedHashMap<>(variables(globals));
            variables.putAll(variables(properties));
            environment(name, variables);
            timeout(name, properties, variables);
        });
    }

    private void logs(String name, Map<String, Object> properties) {
        Set<String> groups = Template.references(map(properties.getOrDefault("LoggingConfig", Map.of())));
        boolean kept = groups.stream()
                .map(template.resources("AWS::Logs::LogGroup")::get)
                .anyMatch(group -> group != null && properties(group).containsKey("RetentionInDays"));
        if (!kept) {
            faults.add(name + " has no log group with a retention");
        }
    }

    private void deadLetters(String name, Map<String, Object> properties) {
        boolean has = Template.references(properties.getOrDefault("EventInvokeConfig", Map.of())).stream()
                .anyMatch(template.resources("AWS::SQS::Queue")::containsKey);
        if (!has) {
            faults.add(name + " has no dead-letter queue for asynchronous invokes");
        }
    }

    private static Map<String, Object> variables(Map<String, Object> function) {
        Map<String, Object> environment = map(function.getOrDefault("Environment", Map.of()));
        return map(environment.getOrDefault("Variables", Map.of()));
    }

    private void environment(String name, Map<String, Object> variables) {
        variables.keySet().stream()
                .filter(variable -> !Pattern.compile("\\b" + variable + "\\b")
                        .matcher(settings)
                        .find())
                .forEach(variable -> faults.add(name + ": application.properties knows no " + variable));
    }

    private void timeout(String name, Map<String, Object> properties, Map<String, Object> variables) {
        int reserve = Integer.parseInt(
                variables.getOrDefault("DEADLINE_RESERVE_SECONDS", "7").toString());
        int least = least(properties.get("Timeout"));
        if (least < LEAST_TIMEOUT || least < 5 * reserve) {
            faults.add(name + " may end after " + least + " s, with " + reserve + " s of them reserved");
        }
    }

    /** A number, or the least that a parameter takes. */
    private int least(Object value) {
        Object number = value instanceof Map<?, ?> reference
                ? map(template.section("Parameters").get(reference.get("Ref"))).get("MinValue")
                : value;
        return number == null ? 0 : Integer.parseInt(number.toString());
    }

    private void alarms() {
        template.resources("AWS::CloudWatch::Alarm").forEach((name, alarm) -> {
            Map<String, Object> properties = properties(alarm);
            for (String key : List.of("AlarmDescription", "AlarmActions", "OKActions", "TreatMissingData")) {
                if (!properties.containsKey(key)) {
                    faults.add(name + " has no " + key);
                }
            }
        });
        Template.visit(template.section("Resources"), (key, value) -> {
            if (key.equals("Metric") || key.equals("Properties")) {
                metric(map(value));
            }
        });
    }

    private void metric(Map<String, Object> metric) {
        if ("SmsDispatcher".equals(metric.get("Namespace")) && !METRICS.contains(metric.get("MetricName"))) {
            faults.add("nobody publishes the metric " + metric.get("MetricName"));
        }
    }
}

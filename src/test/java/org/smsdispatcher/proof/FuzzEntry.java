package org.smsdispatcher.proof;

/** Where Jazzer begins: it calls these two by their names and signatures. */
public final class FuzzEntry {

    private static FuzzTarget target;
    private static Parsers parsers;

    private FuzzEntry() {}

    /** Once, with the target's name. */
    public static void fuzzerInitialize(String[] arguments) {
        target = FuzzTarget.valueOf(arguments[0]);
        parsers = new Parsers();
    }

    public static void fuzzerTestOneInput(byte[] input) {
        target.takes(parsers, input);
    }
}

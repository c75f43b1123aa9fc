package dev.coworker.bench;

import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * An older Coworker beside the current one in the same JVM: the library comes from the jar of {@code -Djmh.before}. So
 * that calls need no reflection, {@link CoworkerContender} is loaded once more on top of it.
 */
final class OldVersion {
    private static final String JAR = System.getProperty("jmh.before", "");
    private static ClassLoader loader; // one for all pools, so that the old version is compiled once, as the new one is

    static boolean isGiven() {
        return !JAR.isEmpty();
    }

    static Path jar() {
        Path jar = Path.of(JAR);
        if (!Files.isReadable(jar)) {
            throw new IllegalArgumentException("jmh.before: there is no " + jar.toAbsolutePath());
        }
        return jar;
    }

    static synchronized Contender contender() throws Exception {
        if (loader == null) {
            URL benchmarks =
                    Contender.class.getProtectionDomain().getCodeSource().getLocation();
            loader = new URLClassLoader(new URL[] {jar().toUri().toURL(), benchmarks}, shared());
        }
        Class<?> contender = loader.loadClass(CoworkerContender.class.getName());
        return (Contender) contender.getConstructor().newInstance();
    }

    /** What both versions have in common. */
    private static ClassLoader shared() {
        return new ClassLoader(Contender.class.getClassLoader()) {
            @Override
            protected Class<?> loadClass(String name, boolean resolve) throws ClassNotFoundException {
                boolean benchmark = name.startsWith(Contender.class.getPackageName() + ".");
                if (name.equals(CoworkerContender.class.getName()) || name.startsWith("dev.coworker.") && !benchmark) {
                    throw new ClassNotFoundException(name);
                }
                return super.loadClass(name, resolve);
            }
        };
    }
}

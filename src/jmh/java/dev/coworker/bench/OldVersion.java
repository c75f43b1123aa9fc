package dev.coworker.bench;

import java.net.MalformedURLException;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * An older Coworker beside the current one in the same JVM: the library comes from the jar of {@code -Djmh.before}. So
 * that calls need no reflection, {@link CoworkerContender} is loaded once more on top of it.
 */
final class OldVersion extends URLClassLoader {
    private static final String JAR = System.getProperty("jmh.before", "");
    private static OldVersion loader; // one for all pools, so that the old version is compiled once, as the new one is

    private OldVersion(URL... urls) {
        super("before", urls, Contender.class.getClassLoader());
    }

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

    static synchronized Contender contender() throws ReflectiveOperationException {
        if (loader == null) {
            try {
                URL benchmarks =
                        Contender.class.getProtectionDomain().getCodeSource().getLocation();
                loader = new OldVersion(jar().toUri().toURL(), benchmarks);
            } catch (MalformedURLException e) {
                throw new IllegalArgumentException("jmh.before: " + JAR, e);
            }
        }
        Class<?> contender = loader.loadClass(CoworkerContender.class.getName());
        return (Contender) contender.getConstructor().newInstance();
    }

    @Override
    protected Class<?> loadClass(String name, boolean resolve) throws ClassNotFoundException {
        boolean shared = name.startsWith(Contender.class.getPackageName() + ".")
                ? !name.equals(CoworkerContender.class.getName())
                : !name.startsWith("dev.coworker.");
        if (shared) {
            return super.loadClass(name, resolve);
        }
        synchronized (getClassLoadingLock(name)) {
            Class<?> loaded = findLoadedClass(name);
            return loaded != null ? loaded : findClass(name);
        }
    }
}

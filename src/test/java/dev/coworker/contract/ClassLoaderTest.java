package dev.coworker.contract;

import static org.assertj.core.api.Assertions.assertThat;

import dev.coworker.ThreadPool;
import java.io.IOException;
import java.lang.ref.WeakReference;
import java.net.URL;
import java.net.URLClassLoader;
import java.util.concurrent.Callable;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** A class loader that used the library and closed its pools can be collected. */
@Tag("slow") // the last threads of the library end after ten seconds without use
class ClassLoaderTest {
    /** Loads one class by itself, and what else is asked for from its parent. */
    private static final class UserLoader extends ClassLoader {
        UserLoader(ClassLoader parent) {
            super("user", parent);
        }

        @Override
        protected Class<?> loadClass(String name, boolean resolve) throws ClassNotFoundException {
            if (!name.startsWith(LoaderUser.class.getName())) {
                return super.loadClass(name, resolve);
            }
            synchronized (this) {
                Class<?> loaded = findLoadedClass(name);
                return loaded != null ? loaded : define(name);
            }
        }

        private Class<?> define(String name) throws ClassNotFoundException {
            String file = name.substring(name.lastIndexOf('.') + 1) + ".class";
            try (var in = ClassLoaderTest.class.getResourceAsStream(file)) {
                byte[] bytes = in.readAllBytes();
                return defineClass(name, bytes, 0, bytes.length);
            } catch (IOException e) {
                throw new ClassNotFoundException(name, e);
            }
        }
    }

    /** Another copy of the library, for which everything is the first time. */
    private static URLClassLoader newLibrary() {
        URL classes = ThreadPool.class.getProtectionDomain().getCodeSource().getLocation();
        return new URLClassLoader("library", new URL[] {classes}, ClassLoader.getPlatformClassLoader());
    }

    /** Uses the library on a thread that knows the loader, as a web application's threads do. */
    private static WeakReference<ClassLoader> use(ClassLoader library) throws Exception {
        UserLoader loader = new UserLoader(library);
        try (Log log = new Log()) { // of the start that fails
            int served = Callers.platform(() -> {
                        Thread.currentThread().setContextClassLoader(loader);
                        Object user = loader.loadClass(LoaderUser.class.getName())
                                .getConstructor()
                                .newInstance();
                        assertThat(user.getClass().getClassLoader()).isSameAs(loader);
                        return (Integer) ((Callable<?>) user).call();
                    })
                    .result();
            assertThat(served).isEqualTo(12);
        }
        return new WeakReference<>(loader);
    }

    @Test
    void whereTheLibraryIsInTheParent() throws Exception {
        Await.unreachable("the loader", use(ThreadPool.class.getClassLoader()));
    }

    @Test
    void whereTheLibraryInTheParentIsUsedForTheFirstTime() throws Exception {
        try (URLClassLoader library = newLibrary()) {
            Await.unreachable("the loader", use(library));
        }
    }

    @Test
    void whereTheLibraryIsInTheLoaderItself() throws Exception {
        Await.unreachable("the library's loader", useAndLeave());
    }

    private static WeakReference<ClassLoader> useAndLeave() throws Exception {
        try (URLClassLoader library = newLibrary()) {
            use(library);
            return new WeakReference<>(library);
        }
    }
}

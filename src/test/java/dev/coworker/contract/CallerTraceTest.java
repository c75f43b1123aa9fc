package dev.coworker.contract;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.coworker.ThreadPool;
import dev.coworker.contract.Callers.Caller;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.ObjectInputStream;
import java.io.ObjectOutputStream;
import java.io.ObjectStreamClass;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** The caller's stack, as a suppressed throwable of what its work threw. */
class CallerTraceTest {
    @RegisterExtension
    final InvariantChecker pools = new InvariantChecker();

    private static final class Unsuppressed extends Exception {
        private static final long serialVersionUID = 1;

        Unsuppressed() {
            super("no suppression", null, false, true);
        }
    }

    /** What the call throws whose work makes the failure and throws it. */
    private static Throwable failingCall(ThreadPool pool, Callable<? extends Exception> failure) throws Exception {
        return Callers.virtual(() -> callFromHere(pool, failure)).failure();
    }

    private static Object callFromHere(ThreadPool pool, Callable<? extends Exception> failure) throws Exception {
        return pool.submitCo(() -> {
            throw failure.call();
        });
    }

    private static boolean hasFrame(Throwable trace, String method) {
        for (StackTraceElement frame : trace.getStackTrace()) {
            if (frame.getMethodName().equals(method)) {
                return true;
            }
        }
        return false;
    }

    @Test
    void theCallersStackIsAddedAsASuppressedTrace() throws Exception {
        Throwable failure = failingCall(pools.open(), () -> new IOException("failed"));
        assertThat(failure).isExactlyInstanceOf(IOException.class).hasMessage("failed");
        assertThat(failure.getSuppressed()).hasSize(1);
        assertThat(hasFrame(failure.getSuppressed()[0], "callFromHere")).isTrue();
    }

    @Test
    void theTraceIsAnOrdinaryThrowableThatNamesTheCaller() throws Exception {
        Throwable failure = failingCall(pools.open(), () -> new IOException("failed"));
        assertThat(failure.getSuppressed()[0])
                .isExactlyInstanceOf(Throwable.class)
                .hasMessageStartingWith("submitCo was called here by VirtualThread");
    }

    @Test
    void aSerialisedFailureCanBeReadWhereTheLibraryIsAbsent() throws Exception {
        Throwable failure = failingCall(pools.open(), () -> new IOException("failed"));
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (ObjectOutputStream out = new ObjectOutputStream(bytes)) {
            out.writeObject(failure);
        }
        ClassLoader withoutLibrary = ClassLoader.getPlatformClassLoader();
        assertThatThrownBy(() -> withoutLibrary.loadClass(ThreadPool.class.getName()))
                .isInstanceOf(ClassNotFoundException.class);
        try (ObjectInputStream in = new ObjectInputStream(new ByteArrayInputStream(bytes.toByteArray())) {
            @Override
            protected Class<?> resolveClass(ObjectStreamClass described) throws ClassNotFoundException {
                return Class.forName(described.getName(), false, withoutLibrary);
            }
        }) {
            Throwable read = (Throwable) in.readObject();
            assertThat(read).isExactlyInstanceOf(IOException.class).hasMessage("failed");
            assertThat(hasFrame(read.getSuppressed()[0], "callFromHere")).isTrue();
        }
    }

    @Test
    void theFailuresOwnTraceShowsTheWorkerOnly() throws Exception {
        ThreadPool pool = pools.open();
        Throwable failure = Callers.virtual(() -> pool.submitCo(() -> {
                    throw new IOException("made by the worker");
                }))
                .failure();
        assertThat(hasFrame(failure, "runCo")).isTrue();
        assertThat(hasFrame(failure, "submitCo")).isFalse();
    }

    @Test
    void anExceptionThatWasCreatedElsewhereIsLeftAlone() throws Exception {
        ThreadPool pool = pools.open();
        IOException shared = new IOException("shared");
        for (int i = 0; i < 5; i++) {
            assertThat(failingCall(pool, () -> shared)).isSameAs(shared);
        }
        assertThat(shared.getSuppressed()).isEmpty();
    }

    @Test
    void anExceptionThatAnEarlierCallCreatedGetsNoSecondTrace() throws Exception {
        ThreadPool pool = pools.open();
        AtomicReference<Exception> cached = new AtomicReference<>();
        failingCall(pool, () -> {
            cached.set(new IOException("cached"));
            return cached.get();
        });
        assertThat(failingCall(pool, cached::get)).isSameAs(cached.get());
        assertThat(cached.get().getSuppressed()).hasSize(1);
    }

    @Test
    void anExceptionOfTheFireAndForgetLayerThatACallThrowsLaterIsLeftAlone() throws Exception {
        ThreadPool pool = pools.open();
        AtomicReference<Exception> cached = new AtomicReference<>();
        pool.asExecutorService()
                .submit(() -> cached.set(new IOException("cached")))
                .get();
        assertThat(failingCall(pool, cached::get)).isSameAs(cached.get());
        assertThat(cached.get().getSuppressed()).isEmpty();
    }

    @Test
    void anExceptionSharedByCallsAtOnceGetsOneTrace() throws Exception {
        ThreadPool pool = pools.open();
        for (int round = 0; round < 20; round++) {
            AtomicReference<IOException> shared = new AtomicReference<>();
            Gate gate = new Gate();
            List<Caller<Object>> callers = new ArrayList<>();
            for (int i = 0; i < 8; i++) {
                callers.add(Callers.virtual(() -> pool.submitCo(() -> {
                    gate.pass();
                    shared.compareAndSet(null, new IOException("shared"));
                    throw shared.get();
                })));
            }
            gate.awaitArrived(8);
            gate.open();
            for (Caller<Object> caller : callers) {
                assertThat(caller.failure()).isSameAs(shared.get());
            }
            assertThat(shared.get().getSuppressed()).hasSize(1);
        }
    }

    @Test
    void aTraceAddedByAnotherPoolIsEnough() throws Exception {
        Throwable shared = failingCall(pools.open(), () -> new IOException("shared"));
        failingCall(pools.open(), () -> (IOException) shared);
        assertThat(shared.getSuppressed()).hasSize(1);
    }

    @Test
    void noTraceIsAddedWhereSuppressionIsOff() throws Exception {
        Throwable failure = failingCall(pools.open(), Unsuppressed::new);
        assertThat(failure).isInstanceOf(Unsuppressed.class);
        assertThat(failure.getSuppressed()).isEmpty();
    }

    @Test
    void whatTheWorkSuppressedStays() throws Exception {
        IllegalStateException suppressed = new IllegalStateException("suppressed by the work");
        Throwable failure = failingCall(pools.open(), () -> {
            IOException made = new IOException("failed");
            made.addSuppressed(suppressed);
            return made;
        });
        assertThat(failure.getSuppressed()).hasSize(2);
        assertThat(failure.getSuppressed()[0]).isSameAs(suppressed);
        assertThat(hasFrame(failure.getSuppressed()[1], "callFromHere")).isTrue();
    }

    @Test
    void theOtherLayersAddNone() throws Exception {
        List<Throwable> handled = new ArrayList<>();
        ThreadPool pool = pools.open(ThreadPool.builder().uncaughtExceptionHandler((thread, e) -> handled.add(e)));
        Outcome<Object> outcome = new Outcome<>();
        pool.submitAio(
                () -> {
                    throw new IOException("aio");
                },
                outcome);
        pool.submit(() -> {
            throw new IOException("plain");
        });
        assertThat(outcome.failure()).hasMessage("aio").hasNoSuppressedExceptions();
        pool.close();
        assertThat(handled)
                .hasSize(1)
                .first()
                .satisfies(e -> assertThat(e).hasMessage("plain").hasNoSuppressedExceptions());
    }
}

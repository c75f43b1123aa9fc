package dev.coworker.contract;

import static org.assertj.core.api.Assertions.assertThat;

import dev.coworker.ThreadPool;
import dev.coworker.contract.Callers.Caller;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

class CallerTraceTest {
    @RegisterExtension
    final InvariantChecker pools = new InvariantChecker();

    private static final class Unsuppressed extends Exception {
        private static final long serialVersionUID = 1;

        Unsuppressed() {
            super("no suppression", null, false, true);
        }
    }

    private static Throwable failingCall(ThreadPool pool, Exception failure) throws Exception {
        return Callers.virtual(() -> callFromHere(pool, failure)).failure();
    }

    private static Object callFromHere(ThreadPool pool, Exception failure) throws Exception {
        return pool.submitCo(() -> {
            throw failure;
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
        IOException failure = new IOException("failed");
        assertThat(failingCall(pools.open(), failure)).isSameAs(failure);
        assertThat(failure.getSuppressed()).hasSize(1);
        assertThat(hasFrame(failure.getSuppressed()[0], "callFromHere")).isTrue();
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
    void aSharedExceptionDoesNotGrow() throws Exception {
        ThreadPool pool = pools.open();
        IOException shared = new IOException("shared");
        for (int i = 0; i < 5; i++) {
            assertThat(failingCall(pool, shared)).isSameAs(shared);
        }
        assertThat(shared.getSuppressed()).hasSize(1);
    }

    @Test
    void anExceptionSharedByCallsAtOnceGetsOneTrace() throws Exception {
        ThreadPool pool = pools.open();
        for (int round = 0; round < 20; round++) {
            IOException shared = new IOException("shared");
            Gate gate = new Gate();
            List<Caller<Object>> callers = new ArrayList<>();
            for (int i = 0; i < 8; i++) {
                callers.add(Callers.virtual(() -> pool.submitCo(() -> {
                    gate.pass();
                    throw shared;
                })));
            }
            gate.awaitArrived(8);
            gate.open();
            for (Caller<Object> caller : callers) {
                assertThat(caller.failure()).isSameAs(shared);
            }
            assertThat(shared.getSuppressed()).hasSize(1);
        }
    }

    @Test
    void aTraceAddedByAnotherPoolIsEnough() throws Exception {
        IOException shared = new IOException("shared");
        failingCall(pools.open(), shared);
        failingCall(pools.open(), shared);
        assertThat(shared.getSuppressed()).hasSize(1);
    }

    @Test
    void noTraceIsAddedWhereSuppressionIsOff() throws Exception {
        Unsuppressed failure = new Unsuppressed();
        assertThat(failingCall(pools.open(), failure)).isSameAs(failure);
        assertThat(failure.getSuppressed()).isEmpty();
    }

    @Test
    void whatTheWorkSuppressedStays() throws Exception {
        IOException failure = new IOException("failed");
        IllegalStateException suppressed = new IllegalStateException("suppressed by the work");
        failure.addSuppressed(suppressed);
        failingCall(pools.open(), failure);
        assertThat(failure.getSuppressed()).hasSize(2);
        assertThat(failure.getSuppressed()[0]).isSameAs(suppressed);
        assertThat(hasFrame(failure.getSuppressed()[1], "callFromHere")).isTrue();
    }

    @Test
    void theOtherLayersAddNone() throws Exception {
        List<Throwable> handled = new ArrayList<>();
        ThreadPool pool = pools.open(ThreadPool.builder().uncaughtExceptionHandler((thread, e) -> handled.add(e)));
        IOException aio = new IOException("aio");
        IOException plain = new IOException("plain");
        Outcome<Object> outcome = new Outcome<>();
        pool.submitAio(
                () -> {
                    throw aio;
                },
                outcome);
        pool.submit(() -> {
            throw plain;
        });
        assertThat(outcome.failure()).isSameAs(aio);
        pool.close();
        assertThat(handled).hasSize(1).first().isSameAs(plain);
        assertThat(aio.getSuppressed()).isEmpty();
        assertThat(plain.getSuppressed()).isEmpty();
    }
}

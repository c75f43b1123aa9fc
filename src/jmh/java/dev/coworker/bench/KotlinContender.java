package dev.coworker.bench;

import java.util.concurrent.Callable;
import kotlin.Unit;
import kotlin.coroutines.Continuation;
import kotlin.coroutines.intrinsics.IntrinsicsKt;
import kotlin.coroutines.jvm.internal.ContinuationImpl;
import kotlin.jvm.functions.Function2;
import kotlinx.coroutines.BuildersKt;
import kotlinx.coroutines.CoroutineScope;
import kotlinx.coroutines.CoroutineStart;
import kotlinx.coroutines.Dispatchers;
import kotlinx.coroutines.GlobalScope;

/**
 * {@code while (!over) { withContext(Dispatchers.IO) { work() } }} on {@code Dispatchers.Default}, as the state machine
 * that Kotlin's compiler makes of it. Its callers are coroutines instead of virtual threads. It keeps no latencies.
 */
final class KotlinContender extends Contender {
    @Override
    void start(Calls.Round round, int callers) {
        for (int i = 0; i < callers; i++) {
            int caller = i;
            BuildersKt.launch(
                    GlobalScope.INSTANCE,
                    Dispatchers.getDefault(),
                    CoroutineStart.DEFAULT,
                    (scope, completion) -> new Caller(round, caller, completion).invokeSuspend(Unit.INSTANCE));
        }
    }

    @Override
    public Call call(Callable<?> work) {
        throw new UnsupportedOperationException("its callers are no virtual threads");
    }

    /** The dispatchers are the process's. */
    @Override
    public void close() {}

    @SuppressWarnings("serial") // coroutines are never serialized
    private static final class Caller extends ContinuationImpl {
        private final Calls.Round round;
        private final int caller;
        private final Function2<CoroutineScope, Continuation<? super Object>, Object> block;
        private long made = -1;

        @SuppressWarnings("unchecked")
        Caller(Calls.Round round, int caller, Continuation<?> completion) {
            super((Continuation<Object>) completion);
            this.round = round;
            this.caller = caller;
            Callable<?> work = round.work(caller);
            block = (scope, inner) -> {
                try {
                    return work.call();
                } catch (Exception e) {
                    throw new IllegalStateException(e);
                }
            };
        }

        /** Where a suspended call goes on: it has one outcome more. */
        @Override
        protected Object invokeSuspend(Object result) {
            for (; ; ) {
                made++;
                if (round.isOver()) {
                    round.end(caller, made);
                    return Unit.INSTANCE;
                }
                Object returned = BuildersKt.withContext(Dispatchers.getIO(), block, this);
                if (returned == IntrinsicsKt.getCOROUTINE_SUSPENDED()) {
                    return returned;
                }
            }
        }
    }
}

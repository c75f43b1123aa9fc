package dev.coworker.bench;

import dev.coworker.Work;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.function.IntFunction;
import kotlin.Unit;
import kotlin.coroutines.Continuation;
import kotlin.coroutines.intrinsics.IntrinsicsKt;
import kotlin.coroutines.jvm.internal.SuspendLambda;
import kotlin.jvm.functions.Function2;
import kotlinx.coroutines.BuildersKt;
import kotlinx.coroutines.CoroutineDispatcher;
import kotlinx.coroutines.CoroutineScope;
import kotlinx.coroutines.CoroutineStart;
import kotlinx.coroutines.Dispatchers;
import kotlinx.coroutines.ExecutorsKt;
import kotlinx.coroutines.GlobalScope;

/**
 * {@code withContext(Dispatchers.IO) { work() }}, called by coroutines on {@code Dispatchers.Default}: the state machines
 * that Kotlin's compiler would make of it. Its callers are coroutines, not virtual threads.
 */
@SuppressWarnings("serial") // nobody serializes a coroutine
final class KotlinCoroutines extends Contender {
    private final ExecutorService loop = Executors.newSingleThreadExecutor();
    private final CoroutineDispatcher dispatcher = ExecutorsKt.from(loop);

    @Override
    void call(int callers, int calls, IntFunction<Work<?, ?>> workOfCaller, Latencies latencies) throws Exception {
        CountDownLatch done = new CountDownLatch(callers);
        for (int i = 0; i < callers; i++) {
            launch(new Caller(calls, new InContext(workOfCaller.apply(i), null), latencies, done, null));
        }
        done.await();
    }

    private static void launch(Function2<CoroutineScope, Continuation<? super Unit>, Object> block) {
        BuildersKt.launch(GlobalScope.INSTANCE, Dispatchers.getDefault(), CoroutineStart.DEFAULT, block);
    }

    @Override
    Object call(Work<?, ?> work) {
        throw new UnsupportedOperationException();
    }

    @Override
    void submit(Task work) {
        BuildersKt.launch(GlobalScope.INSTANCE, Dispatchers.getIO(), CoroutineStart.DEFAULT, new InContext(work, null));
    }

    @Override
    void callBack(Task work, Callback callback) {
        BuildersKt.launch(
                GlobalScope.INSTANCE, dispatcher, CoroutineStart.DEFAULT, new ThenCallBack(work, callback, null));
    }

    @Override
    public void close() {
        // the other dispatchers are the process's
        loop.close();
    }

    /** <code>repeat(calls) { withContext(Dispatchers.IO) { work() } }</code>. */
    private static final class Caller extends SuspendLambda
            implements Function2<CoroutineScope, Continuation<? super Unit>, Object> {
        private final InContext block;
        private final Latencies latencies;
        private final CountDownLatch done;
        private int left;
        private long since;

        Caller(int calls, InContext block, Latencies latencies, CountDownLatch done, Continuation<Object> completion) {
            super(2, completion);
            this.left = calls;
            this.block = block;
            this.latencies = latencies;
            this.done = done;
        }

        @Override
        @SuppressWarnings("unchecked")
        public Continuation<Unit> create(Object scope, Continuation<?> completion) {
            return (Continuation<Unit>)
                    (Continuation<?>) new Caller(left, block, latencies, done, (Continuation<Object>) completion);
        }

        @Override
        public Object invoke(CoroutineScope scope, Continuation<? super Unit> completion) {
            return ((Caller) (Continuation<?>) create(scope, completion)).invokeSuspend(Unit.INSTANCE);
        }

        @Override
        protected Object invokeSuspend(Object result) {
            for (; ; ) {
                if (since != 0) {
                    latencies.add(System.nanoTime() - since);
                }
                if (left-- == 0) {
                    done.countDown();
                    return Unit.INSTANCE;
                }
                if (latencies != null) {
                    since = System.nanoTime();
                }
                Object returned = BuildersKt.withContext(Dispatchers.getIO(), block, this);
                if (returned == IntrinsicsKt.getCOROUTINE_SUSPENDED()) {
                    return returned;
                }
            }
        }
    }

    /** <code>{ withContext(Dispatchers.IO) { work() }; callback() }</code>, on the loop. */
    private static final class ThenCallBack extends SuspendLambda
            implements Function2<CoroutineScope, Continuation<? super Unit>, Object> {
        private final Task work;
        private final Callback callback;
        private boolean called;

        ThenCallBack(Task work, Callback callback, Continuation<Object> completion) {
            super(2, completion);
            this.work = work;
            this.callback = callback;
        }

        @Override
        @SuppressWarnings("unchecked")
        public Continuation<Unit> create(Object scope, Continuation<?> completion) {
            return (Continuation<Unit>)
                    (Continuation<?>) new ThenCallBack(work, callback, (Continuation<Object>) completion);
        }

        @Override
        public Object invoke(CoroutineScope scope, Continuation<? super Unit> completion) {
            return ((ThenCallBack) (Continuation<?>) create(scope, completion)).invokeSuspend(Unit.INSTANCE);
        }

        @Override
        protected Object invokeSuspend(Object result) {
            if (!called) {
                called = true;
                Object returned = BuildersKt.withContext(Dispatchers.getIO(), new InContext(work, null), this);
                if (returned == IntrinsicsKt.getCOROUTINE_SUSPENDED()) {
                    return returned;
                }
            }
            callback.run();
            return Unit.INSTANCE;
        }
    }

    /** <code>{ work() }</code>. */
    private static final class InContext extends SuspendLambda
            implements Function2<CoroutineScope, Continuation<? super Unit>, Object> {
        private final Work<?, ?> work;

        InContext(Work<?, ?> work, Continuation<Object> completion) {
            super(2, completion);
            this.work = work;
        }

        @Override
        @SuppressWarnings("unchecked")
        public Continuation<Unit> create(Object scope, Continuation<?> completion) {
            return (Continuation<Unit>) (Continuation<?>) new InContext(work, (Continuation<Object>) completion);
        }

        @Override
        public Object invoke(CoroutineScope scope, Continuation<? super Unit> completion) {
            return ((InContext) (Continuation<?>) create(scope, completion)).invokeSuspend(Unit.INSTANCE);
        }

        @Override
        protected Object invokeSuspend(Object result) {
            try {
                return work.call();
            } catch (Exception e) {
                throw new IllegalStateException(e);
            }
        }
    }
}

import dev.coworker.AioRequest
import dev.coworker.Submitter
import dev.coworker.ThreadPool
import java.io.IOException
import java.time.Duration
import java.util.concurrent.CancellationException
import java.util.concurrent.CountDownLatch
import java.util.concurrent.LinkedBlockingQueue
import java.util.concurrent.TimeUnit
import kotlinx.coroutines.CompletableDeferred
import kotlinx.coroutines.CoroutineScope
import kotlinx.coroutines.Job
import kotlinx.coroutines.NonCancellable
import kotlinx.coroutines.SupervisorJob
import kotlinx.coroutines.asCoroutineDispatcher
import kotlinx.coroutines.async
import kotlinx.coroutines.cancelAndJoin
import kotlinx.coroutines.launch
import kotlinx.coroutines.runBlocking
import kotlinx.coroutines.withContext
import kotlinx.coroutines.withTimeout

// @start region=await
/** Suspends until the work has ended. Canceled, it withdraws waiting work; it stops running work, and waits for it. */
suspend fun <T> Submitter.await(stop: (AioRequest<T>) -> Unit = { it.interrupt() }, work: () -> T): T {
    val outcome = CompletableDeferred<T>()
    val request: AioRequest<T> = submitAio(work) { value, failure ->
        @Suppress("UNCHECKED_CAST")
        if (failure == null) outcome.complete(value as T) else outcome.completeExceptionally(failure)
    }
    try {
        return outcome.await()
    } catch (e: CancellationException) {
        if (!request.cancelAsync()) stop(request)
        withContext(NonCancellable) { outcome.join() } // until then the worker may use the caller's buffers
        throw e
    }
}
// @end

/** Occupies the one worker until the latch is counted down. */
fun occupy(pool: ThreadPool): CountDownLatch {
    val begun = CountDownLatch(1)
    val gate = CountDownLatch(1)
    pool.submit {
        begun.countDown()
        gate.await(30, TimeUnit.SECONDS)
    }
    begun.await()
    return gate
}

fun awaitQueued(pool: ThreadPool) {
    while (pool.stats().queued() == 0) {
        Thread.onSpinWait()
    }
}

fun main() {
    val told = LinkedBlockingQueue<Throwable>()
    val builder = ThreadPool.builder().name("disk").maxThreads(1)
        .uncaughtExceptionHandler { _, failure -> if (failure !is InterruptedException) told.add(failure) }
    builder.build().use { pool -> runBlocking { suspending(pool) } }
    val pool = builder.build()
    val dispatcher = pool.asExecutorService().asCoroutineDispatcher()
    runBlocking {
        println("dispatched to ${withContext(dispatcher) { Thread.currentThread().name }}")
    }
    dropped(pool, told)
}

suspend fun suspending(pool: ThreadPool) {
    println("value: ${pool.await { 42 }}, null: ${pool.await<String?> { null }}")
    try {
        pool.await { throw IOException("no such block") }
    } catch (e: IOException) {
        println("failure: ${e.message}")
    }
    val gate = occupy(pool)
    var ran = false
    val job = CoroutineScope(SupervisorJob()).launch { pool.await { ran = true } }
    awaitQueued(pool)
    job.cancelAndJoin()
    println("canceled: ${job.isCancelled}, queued ${pool.stats().queued()}, canceled ${pool.stats().canceled()}")
    gate.countDown()
    println("its work ran: ${pool.await { ran }}")
    val begun = CountDownLatch(1)
    var ended = false
    val running = CoroutineScope(SupervisorJob()).launch {
        pool.await {
            begun.countDown()
            try {
                CountDownLatch(1).await()
            } finally {
                ended = true
            }
        }
    }
    begun.await()
    running.cancelAndJoin()
    println("running was canceled: ${running.isCancelled}, its work had ended: $ended")
}

/** What close drops: a coroutine that waits for the dispatcher, and one that waits for a request. */
fun dropped(pool: ThreadPool, told: LinkedBlockingQueue<Throwable>) {
    val dispatcher = pool.asExecutorService().asCoroutineDispatcher()
    occupy(pool)
    val scope = CoroutineScope(SupervisorJob())
    val dispatched: Job = scope.launch(dispatcher) { println("never printed") }
    val requested = scope.async { pool.await { 42 } }
    while (pool.stats().queued() < 2) {
        Thread.onSpinWait()
    }

    pool.close(Duration.ZERO)

    val failure = told.poll(30, TimeUnit.SECONDS)
    println("told: ${failure?.javaClass?.simpleName}, of ${failure?.message?.substringAfterLast(" ran ")?.substringBefore("[")}")
    println("dispatched has ended: ${dispatched.isCompleted}")
    runBlocking {
        try {
            withTimeout(30_000) { requested.await() }
        } catch (e: CancellationException) {
            println("requested: ${requested.isCancelled}")
        }
        // The pool is closed: Kotlin cancels what it dispatches from now on.
        scope.launch(dispatcher) { println("never printed") }.join()
    }
    println("dispatched later: canceled")
}

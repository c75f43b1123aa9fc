import dev.coworker.AioContext
import dev.coworker.AioRequest
import dev.coworker.EventNotifier
import dev.coworker.ThreadPool
import java.time.Duration

/** Takes each nullness that the API declares for what it is. */
fun honest(pool: ThreadPool, text: String?) {
    val length: Int = pool.submitCo<Int, RuntimeException> { 42 }
    val maybe: Int? = pool.submitCo<Int?, RuntimeException> { text?.length }
    val inTime: String = pool.submitCo<String, RuntimeException>({ "in time" }, Duration.ofSeconds(1))
    val request: AioRequest<String> = pool.submitAio<String>({ "value" }) { value: String?, failure: Throwable? ->
        println("$value $failure $length $maybe $inTime")
    }
    pool.submitAio({ "value" }) { value, failure -> println("$value $failure") }
    val state: AioRequest.State = request.state()
    val current: AioContext? = AioContext.current()
    val context: AioContext = pool.context()
    context.setEventNotifier(EventNotifier(), null)
    println("$state $current ${pool.name().length} ${pool.stats().queued()}")
}

import dev.coworker.AioContext
import dev.coworker.ThreadPool

/** Takes null for what it is not. */
fun careless(pool: ThreadPool) {
    pool.submitAio<String>(null) { _, _ -> } // refused
    pool.submitAio<String>({ "value" }, null) // refused
    pool.submitAio<String>({ "value" }) { value, _ -> println(value.length) } // refused
    pool.submitAio<String>({ "value" }) { _, failure -> println(failure.message) } // refused
    pool.submit(null) // refused
    ThreadPool.builder().name(null) // refused
    println(AioContext.current().inContext()) // refused
    val value: String = pool.submitCo<String?, RuntimeException> { null } // refused
    println(value)
}

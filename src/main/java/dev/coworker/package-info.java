/**
 * A thread pool for work that would block, pin or hog the carrier of a virtual thread. Start with {@link ThreadPool}.
 *
 * <h2>Three layers</h2>
 *
 * Each layer hands work to a worker, which is a platform thread. They differ in how the caller learns of the end.
 *
 * <table class="plain">
 * <caption>The layers</caption>
 * <tr><th>method</th><th>called from</th><th>the end</th></tr>
 * <tr><td>{@link Submitter#submitCo(Work) submitCo}</td><td>a virtual thread</td>
 *     <td>the call returns the value, or throws what the work threw</td></tr>
 * <tr><td>{@link Submitter#submitAio submitAio}</td><td>any thread</td>
 *     <td>a callback runs on the event loop; the request can be canceled</td></tr>
 * <tr><td>{@link Submitter#submit submit}</td><td>any thread</td>
 *     <td>nothing; a failure goes to the uncaught-exception handler</td></tr>
 * </table>
 *
 * <h2>Six types</h2>
 *
 * <table class="plain">
 * <caption>The types that programs use</caption>
 * <tr><td>{@link ThreadPool}</td><td>the workers and their queue: build it, resize it, close it</td></tr>
 * <tr><td>{@link Slice}</td><td>a part of a pool with a limit of its own, for work that may get stuck</td></tr>
 * <tr><td>{@link Submitter}</td><td>either of them, as the type of a parameter: it has the three layers</td></tr>
 * <tr><td>{@link AioRequest}</td><td>a request of {@code submitAio}: its state, and cancellation</td></tr>
 * <tr><td>{@link AioContext}</td><td>the event loop that runs the callbacks: the library's, or yours</td></tr>
 * <tr><td>{@link ThreadPoolStats}</td><td>a reading of the counters; {@link ThreadPoolMetrics}: as meters</td></tr>
 * </table>
 *
 * <p>{@link Work} and {@link Action} are what lambdas become. {@link BottomHalf}
 * and {@link EventNotifier} are for programs that use an event loop for more than callbacks.
 *
 * <h2>Glossary</h2>
 *
 * The names come from QEMU's block layer. Its thread pool is the model of this one.
 *
 * <table class="plain">
 * <caption>QEMU's words</caption>
 * <tr><td>coroutine, co</td><td>a virtual thread; its yield is {@code park}, its enter is {@code unpark}</td></tr>
 * <tr><td>AIO</td><td>asynchronous I/O: the callback layer, and the event loop under it</td></tr>
 * <tr><td>bottom half</td><td>a handler that any thread schedules, and that the loop thread runs once</td></tr>
 * <tr><td>event notifier</td><td>a flag that an event loop watches</td></tr>
 * <tr><td>request</td><td>one piece of work on its way through the pool</td></tr>
 * <tr><td>worker</td><td>a platform thread of the pool</td></tr>
 * </table>
 *
 * <h2>Memory effects and nulls</h2>
 *
 * Each type says what happens-before what. No parameter may be null, unless it is marked {@code Nullable}: {@link
 * java.lang.NullPointerException}, and nothing is changed. Values may be null.
 */
@NullMarked
package dev.coworker;

import org.jspecify.annotations.NullMarked;

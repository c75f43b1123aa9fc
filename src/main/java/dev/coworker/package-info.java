/**
 * An elastic pool of platform threads for work that would block, pin or hog the carrier of a virtual thread. Start with
 * {@link dev.coworker.ThreadPool}.
 *
 * <h2>The house</h2>
 *
 * <pre>
 * ThreadPool, Slice     what is built, resized, sliced, closed          ThreadPoolStats
 *   Layers              the three layers, of a pool and of its slices   Work, Action, AioRequest
 *   CoRequest           submitCo: wakes its caller                      CallerTrace
 *   AioCall             submitAio: goes to Completions
 *   PlainRequest        submit: tells nobody                            ExecutorView
 *   Decoration          the task decorator's Runnables
 *   Observation         a request as it is watched                      Observers, RequestObserver
 *     Entrance          where the layers hand a request in: one of the next two
 *     SliceDispatcher   a request's way through a slice to the pool     Slices
 *       Turns           a slice's bound; who has a turn, who waits      Turn
 *     Dispatcher        a request's way through the pool, and the pool's to its end           Spin, Yielding, Nap, WakeUps, AlarmClock
 *       Admission       the bound, and the callers that wait at it
 *       RequestQueue    first come, first served; O(1) cancel; the books
 *       Workers         who must be awake                               Worker, IdleStack, Spawner
 *       Completions     callbacks, on the home thread                   Waiters, PollWatch
 *         Request       one piece of work, one outcome
 *           Events      the flight recorder                             RequestEvent, CancelEvent, WorkerStartEvent, ...
 *           AioContext  home thread, poll, wake-up                      BottomHalf, EventNotifier, Home, Schedule, Notifiers
 *           Mutex, JvmTimer
 * ThreadPoolMetrics     Micrometer; nothing above refers to it          BoundPools, PoolMeters
 * </pre>
 *
 * <h2>Glossary</h2>
 *
 * The names come from QEMU's block layer, whose thread pool this is a port of.
 *
 * <table class="plain">
 * <caption>QEMU's words</caption>
 * <tr><td>coroutine</td><td>here, a virtual thread; its yield is {@code park}, its enter is {@code unpark}</td></tr>
 * <tr><td>AIO</td><td>asynchronous I/O: the callback layer, and the event loop under it</td></tr>
 * <tr><td>{@link dev.coworker.AioContext}</td><td>an event loop with one home thread at a time</td></tr>
 * <tr><td>{@link dev.coworker.BottomHalf}</td><td>a handler that any thread schedules, and the home thread runs once</td></tr>
 * <tr><td>{@link dev.coworker.EventNotifier}</td><td>a flag that an event loop watches</td></tr>
 * <tr><td>request</td><td>one piece of work on its way through the pool</td></tr>
 * </table>
 *
 * <h2>Memory consistency</h2>
 *
 * Actions before a submission <i>happen-before</i> the work. The work <i>happens-before</i> the return of its {@code submitCo}, its
 * callback, and whoever sees {@link dev.coworker.AioRequest.State#DONE}. The callback <i>happens-before</i> the return of a
 * {@link dev.coworker.AioRequest#cancel cancel} that waited for it. All of it <i>happens-before</i> the return of {@link
 * dev.coworker.ThreadPool#close() close}. Actions before {@link dev.coworker.BottomHalf#schedule schedule} <i>happen-before</i> the
 * handler; actions before {@link dev.coworker.EventNotifier#set set} <i>happen-before</i> the return of the {@link
 * dev.coworker.EventNotifier#testAndClear testAndClear} that saw it.
 *
 * <h2>Nulls</h2>
 *
 * No parameter may be null, with {@link java.lang.NullPointerException} and nothing changed, unless it is marked {@code
 * Nullable}. Values may be null.
 */
@NullMarked
package dev.coworker;

import org.jspecify.annotations.NullMarked;

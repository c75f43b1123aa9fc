------------------------------------------------ MODULE Pool -------------------------------------------------
(* The pool of dev.coworker.internal.pool: how a request gets from its submitter to a worker.                   *)
(*                                                                                                              *)
(* Each action is one critical section, of the queue's lock or of Workers' lock, or one access without a lock.  *)
(* An action that changes `queue` holds the queue's lock; one that changes `workers` holds Workers' lock. None  *)
(* changes both. Between two actions of a thread, any other thread may run: so the races of the Java occur.     *)
(*                                                                                                              *)
(* A thread is the sequence of what it still has to do, `todo`. The comment above an action names its method.   *)
(*                                                                                                              *)
(* Left out: floors, resize, nesting, spinning, callbacks. Time is left out too: what has a time may happen any *)
(* time. A call of unpark always follows the section that chose the worker, so it is part of that section.      *)
EXTENDS Integers, Sequences, FiniteSets, TLC

CONSTANTS
    Requests, Workers,  \* there are as many threads as max
    Min,                \* workers that stay
    Present,            \* workers that idle at the beginning, a set. The others up to Min are reserved
    MaxQueued,          \* beyond Max + MaxQueued requests wait in the overflow line; or Unbounded
    Lanes, MaxPermits,  \* a lane is the set of the requests of its slice
    MayWait,            \* requests of submitCo, which wait at the bound; the others are refused there
    Cancelable,         \* requests that another thread may withdraw, or whose deadline may pass
    Endless,            \* requests whose work never returns
    Failures,           \* one element for each thread start that may fail
    MaxLate,            \* how many threads may be late, or never arrive, although they were started
    Closes,             \* how the pool may be closed: "drain" is close(), "cancel" is close(Duration), or interrupted
    Defect              \* a planted defect, or "none"

VARIABLES
    queue,              \* RequestQueue, guarded by its lock
    workers,            \* Workers, guarded by its lock
    starter,            \* WorkerStarter: retryPending, and whether its tasks `look` and `retry` are scheduled
    todo                \* what each thread still has to do

vars == <<queue, workers, starter, todo>>

OnlyTodo == UNCHANGED <<queue, workers, starter>>  \* an access without a lock, or a section that only reads
OnlyQueue == UNCHANGED <<workers, starter>>        \* a section of the queue's lock
OnlyWorkers == UNCHANGED <<queue, starter>>        \* a section of Workers' lock
OnlyStarter == UNCHANGED <<queue, workers>>        \* a volatile write, or a call of the timer

Unbounded == 99
Max == Cardinality(Workers)
Bound == Max + MaxQueued
Threads == Requests \union Workers \union Failures \union {"closer", "look", "retry"}
Waiting == {"ready", "overflow", "lane"}

Range(s) == {s[i] : i \in 1..Len(s)}
Without(s, x) == SelectSeq(s, LAMBDA y : y # x)
AtMost(m, n) == IF m < n THEN m ELSE n
OneOf(S) == {CHOOSE x \in S : TRUE}  \* the elements are alike, so one is as good as another
Symmetry == Permutations(Workers)       \* for models without temporal properties
RECURSIVE SeqOf(_)
SeqOf(S) == IF S = {} THEN <<>> ELSE LET x == CHOOSE y \in S : TRUE IN <<x>> \o SeqOf(S \ {x})

At(t, step) == todo[t] # <<>> /\ Head(todo[t]) = step
Then(t, steps) == todo' = [todo EXCEPT ![t] = steps \o Tail(@)]  \* does these steps, then the rest
Ends(t) == todo' = [todo EXCEPT ![t] = <<>>]

--------------------------------------------------------------------------------------------------------------
(* The queue. These operators compute the state of the queue at the end of a section.                           *)

LaneOf(r) == {l \in Lanes : r \in l}  \* one or none
IsGated(r) == MaxQueued # Unbounded \/ LaneOf(r) # {}
IsAtBound(q) == MaxQueued # Unbounded /\ (q.places >= Bound \/ q.overflow # <<>>)
HasPermit(q, r) == \A l \in LaneOf(r) : q.permits[l] < MaxPermits

AcquirePermit(q, r) == [q EXCEPT !.permits = [l \in Lanes |-> IF r \in l THEN @[l] + 1 ELSE @[l]]]
ReleasePermit(q, r) == [q EXCEPT !.permits = [l \in Lanes |-> IF r \in l THEN @[l] - 1 ELSE @[l]]]

\* Capacity.makeReady; ReadyList.push
MakeReady(q, r) ==
    [q EXCEPT !.at[r] = "ready", !.ready = Append(@, r), !.places = @ + 1, !.submitted = @ + 1]

\* Capacity.admit
Admit(q, r) ==
    IF IsAtBound(q) THEN [q EXCEPT !.at[r] = "overflow", !.overflow = Append(@, r)] ELSE MakeReady(q, r)

\* RequestQueue.accept, Capacity.enter
Accept(q, r) ==
    IF q.closed \/ (r \notin MayWait /\ LaneOf(r) = {} /\ IsAtBound(q)) THEN [q EXCEPT !.at[r] = "refused"]
    ELSE IF HasPermit(q, r) THEN Admit(AcquirePermit(q, r), r)
    ELSE [q EXCEPT !.at[r] = "lane", !.lanes = [l \in Lanes |-> IF r \in l THEN Append(@[l], r) ELSE @[l]]]

\* Capacity.moveWaiting, for the lane of the request that has freed a place or a permit
RECURSIVE MoveOverflow(_), MoveLane(_, _)
MoveOverflow(q) ==
    IF q.overflow = <<>> \/ q.places >= Bound THEN q
    ELSE MoveOverflow(MakeReady([q EXCEPT !.overflow = Tail(@)], Head(q.overflow)))
MoveLane(q, l) ==
    IF q.lanes[l] = <<>> \/ q.permits[l] >= MaxPermits THEN q
    ELSE LET r == Head(q.lanes[l])
         IN MoveLane(Admit(AcquirePermit([q EXCEPT !.lanes[l] = Tail(@)], r), r), l)
MoveWaiting(q, r) ==
    LET moved == MoveOverflow(q)
    IN IF LaneOf(r) = {} \/ Defect = "permitFreedWithoutMove" THEN moved
       ELSE MoveLane(moved, CHOOSE l \in Lanes : r \in l)

\* Capacity.unlink and cancel
Cancel(q, r) ==
    LET c == [q EXCEPT !.at[r] = "canceled", !.canceled = @ + 1]
    IN CASE q.at[r] = "ready" ->
              [ReleasePermit(c, r) EXCEPT !.ready = Without(@, r),
                                          !.places = IF Defect = "cancelKeepsPlace" THEN @ ELSE @ - 1]
         [] q.at[r] = "overflow" -> [ReleasePermit(c, r) EXCEPT !.overflow = Without(@, r), !.submitted = @ + 1]
         [] q.at[r] = "lane" -> [c EXCEPT !.lanes = [l \in Lanes |-> Without(@[l], r)], !.submitted = @ + 1]

RECURSIVE CancelAll(_, _)
CancelAll(q, S) == IF S = {} THEN q ELSE LET r == CHOOSE s \in S : TRUE IN CancelAll(Cancel(q, r), S \ {r})

--------------------------------------------------------------------------------------------------------------
(* The workers.                                                                                                 *)

Cur(w) == w.new + w.pending + w.running
Awake(w) == w.searching - w.new - (w.pending - Cardinality(w.late))

\* Workers.open, which settle() writes at the end of each section
Open == \/ Awake(workers) = 0 /\ workers.idle # <<>>
        \/ workers.searching = 0 /\ Cur(workers) < Max

Reserve(w, n) == [w EXCEPT !.new = @ + n, !.searching = @ + n]

\* Workers.wake
Wake(w, wanted) ==
    IF Awake(w) >= wanted \/ w.idle = <<>> THEN w
    ELSE [w EXCEPT !.idle = Tail(@), !.searchers = @ \union {Head(w.idle)}, !.searching = @ + 1]

\* Workers.reserveUpToMin
ReserveUpToMin(w) == IF w.stopping \/ Cur(w) >= Min THEN w ELSE Reserve(w, Min - Cur(w))

\* Workers.requestReady: the submitter reads `open` after its request became ready
ReadOpen(t) ==
    /\ At(t, "open")
    /\ Then(t, IF Open THEN <<"signal">> ELSE <<>>) /\ OnlyTodo

\* Workers.signalIfReady, or signalNext's look at the queue: RequestQueue.upTo
Look(t) ==
    /\ \/ At(t, "look") /\ Then(t, IF queue.ready = <<>> THEN <<>> ELSE <<"signal">>)
       \/ At(t, "look fresh") /\ Then(t, IF queue.ready = <<>> THEN <<>> ELSE <<"signal fresh">>)
       \/ At(t, "look for 2") /\ Then(t, <<(<<>>), <<"signal">>, <<"signal 2">>>>[1 + AtMost(Len(queue.ready), 2)])
    /\ OnlyTodo

\* Workers.signal; "fresh" starts the thread itself, else WorkerStarter.start asks the context and the timer
Signal(t) ==
    \E step \in {"signal", "signal 2", "signal fresh"} :
        LET wanted == IF step = "signal 2" THEN 2 ELSE 1
            woken == Wake(Wake(workers, wanted), wanted)
            missing == IF woken.stopping \/ starter.retryPending THEN 0
                       ELSE AtMost(wanted - woken.searching, Max - Cur(woken))
        IN /\ At(t, step)
           /\ workers' = IF missing > 0 THEN Reserve(woken, missing) ELSE woken
           /\ starter' = [starter EXCEPT !.look = @ \/ (missing > 0 /\ step # "signal fresh")]
           /\ Then(t, IF missing > 0 /\ step = "signal fresh" THEN <<"start">> ELSE <<>>)
           /\ UNCHANGED queue

--------------------------------------------------------------------------------------------------------------
(* Submitters, and threads that cancel.                                                                         *)

\* RequestQueue.offer
Offer(r) ==
    /\ At(r, "offer")
    /\ r \in OneOf({s \in Requests : At(s, "offer") /\ LaneOf(s) = LaneOf(r)
                        /\ \A S \in {MayWait, Cancelable, Endless} : r \in S <=> s \in S})
    /\ queue' = Accept(queue, r)
    /\ IF queue'.at[r] = "ready" THEN Then(r, <<>>) ELSE Ends(r)
    /\ OnlyQueue

\* Not the Java: a submitter that reads `open` before its request is ready
OpenReadFirst(r) ==
    /\ Defect = "openReadFirst" /\ todo[r] = <<"offer", "open">>
    /\ todo' = [todo EXCEPT ![r] = IF Open THEN <<"offer", "signal">> ELSE <<"offer">>] /\ OnlyTodo

\* Pool.withdraw by a caller, or by the timer at a deadline: RequestQueue.remove, then Pool.canceled
Withdraw(r) ==
    /\ r \in Cancelable /\ todo[r] = <<>> /\ queue.at[r] \in Waiting
    /\ queue' = MoveWaiting(Cancel(queue, r), r)
    /\ todo' = [todo EXCEPT ![r] = IF IsGated(r) THEN <<"look">> ELSE <<>>]
    /\ OnlyQueue

--------------------------------------------------------------------------------------------------------------
(* A worker.                                                                                                    *)

\* Workers.arrived
Arrive(w) ==
    LET came == [workers EXCEPT !.pending = @ - 1, !.running = @ + 1, !.fresh = @ \union {w},
                                !.searchers = @ \union {w}, !.late = @ \ {w},
                                !.searching = IF w \in workers.late THEN @ + 1 ELSE @]
    IN /\ At(w, "arrive") \/ At(w, "arrive late") \/ At(w, "arrive very late")
       /\ workers' = IF came.new = 0 /\ ~starter.retryPending THEN ReserveUpToMin(came) ELSE came
       /\ Then(w, <<"start", "start others", "take">>) /\ OnlyWorkers

\* WorkerStarter.startOthers: RequestQueue.upTo ...
StartOthers(w) ==
    /\ At(w, "start others")
    /\ Then(w, <<(<<>>), <<"others of 1">>, <<"others of 2">>, <<"others of 3">>>>[1 + AtMost(Len(queue.ready), 3)])
    /\ OnlyTodo

\* ... then reserveNext
ReserveNext(w) ==
    \E ready \in 1..3 :
        LET enough == \/ workers.searching >= ready \/ workers.idle # <<>> \/ Cur(workers) >= Max
                      \/ workers.stopping \/ starter.retryPending
        IN /\ At(w, <<"others of 1", "others of 2", "others of 3">>[ready])
           /\ workers' = IF enough \/ workers.new > 0 THEN workers ELSE Reserve(workers, 1)
           /\ Then(w, IF enough THEN <<>> ELSE <<"start", "start others">>) /\ OnlyWorkers

\* RequestQueue.take, from Worker.serve. A request whose deadline has passed is canceled: Pool.canceled
Take(w) ==
    /\ At(w, "take")
    /\ \/ /\ queue.ready = <<>>
          /\ Then(w, <<"become idle">>) /\ OnlyTodo
       \/ /\ queue.ready # <<>>
          /\ LET r == Head(queue.ready)
             IN \/ /\ queue' = [queue EXCEPT !.ready = Tail(@), !.at[r] = "active", !.taken = @ + 1, !.runs[w] = r]
                   /\ Then(w, IF w \in workers.searchers THEN <<"signal next", "run">> ELSE <<"run">>)
                \/ /\ r \in Cancelable
                   /\ queue' = MoveWaiting(Cancel(queue, r), r)
                   /\ Then(w, IF IsGated(r) THEN <<"look", "take">> ELSE <<"take">>)
          /\ OnlyQueue

\* Workers.signalNext, before the worker enters user code
SignalNext(w) ==
    /\ At(w, "signal next")
    /\ workers' = IF Defect = "busyIsSearching" THEN workers
                  ELSE [workers EXCEPT !.searching = @ - 1, !.searchers = @ \ {w}, !.fresh = @ \ {w}]
    /\ Then(w, IF Defect = "noSignalNext" THEN <<>>
               ELSE IF w \in workers.fresh THEN <<"look fresh">> ELSE <<"look for 2">>)
    /\ OnlyWorkers

\* The work has returned. Worker.finish: RequestQueue.finish, publish, then requestReady if a request was moved
Finish(w) ==
    LET r == queue.runs[w]
        freed == ReleasePermit([queue EXCEPT !.at[r] = "done", !.completed = @ + 1, !.places = @ - 1,
                                             !.runs[w] = "none"], r)
    IN /\ At(w, "run") /\ r \notin Endless
       /\ queue' = MoveWaiting(freed, r)
       /\ Then(w, IF queue'.ready # freed.ready THEN <<"open", "take">> ELSE <<"take">>) /\ OnlyQueue

\* Workers.becomeIdle; then it looks again
BecomeIdle(w) ==
    LET left == [workers EXCEPT !.searching = IF w \in workers.searchers THEN @ - 1 ELSE @,
                                !.searchers = @ \ {w}, !.fresh = @ \ {w}]
    IN /\ At(w, "become idle")
       /\ workers' = IF left.stopping THEN [left EXCEPT !.running = @ - 1] ELSE [left EXCEPT !.idle = <<w>> \o @]
       /\ Then(w, (IF Defect = "noLookAfterIdle" THEN <<>> ELSE <<"look">>)
                      \o (IF left.stopping THEN <<>> ELSE <<"sleep">>))
       /\ OnlyWorkers

\* Workers.sleep: its order is SEARCH if it was taken from the idle ones to search, and EXIT if by Workers.stop
WakeUp(w) ==
    /\ At(w, "sleep") /\ w \notin Range(workers.idle)
    /\ Then(w, IF w \in workers.searchers THEN <<"take">> ELSE <<>>) /\ OnlyTodo

\* Workers.leaveIdle
LeaveIdle(w) ==
    /\ At(w, "sleep") /\ w \in Range(workers.idle) /\ Cur(workers) > Min
    /\ workers' = [workers EXCEPT !.running = @ - 1,
                                  !.idle = IF Defect = "leaverStaysIdle" THEN @ ELSE Without(@, w)]
    /\ Ends(w) /\ OnlyWorkers

--------------------------------------------------------------------------------------------------------------
(* How a reservation becomes a thread.                                                                          *)

Begun == [workers EXCEPT !.new = @ - 1, !.pending = @ + 1]
Free == {w \in Workers : todo[w] = <<>>}
Slow == {w \in Workers : At(w, "arrive late") \/ At(w, "arrive very late")}

\* WorkerStarter.beginStart, of startReserved on this thread. The rest is told as a part of the new worker
Start(t) ==
    /\ At(t, "start")
    /\ IF workers.new = 0 THEN Then(t, <<>>) /\ OnlyTodo
       ELSE \E w \in OneOf(Free) :
                /\ workers' = Begun
                /\ todo' = [todo EXCEPT ![t] = Tail(@), ![w] = <<"start thread">>] /\ OnlyWorkers

\* The same on the context, by WorkerStarter.bottomHalf. It may be blocked, or not polled: so it need not happen
StartOnContext ==
    /\ workers.new > 0
    /\ workers' = Begun
    /\ \E w \in OneOf(Free) : todo' = [todo EXCEPT ![w] = <<"start thread">>]
    /\ OnlyWorkers

\* WorkerStarter.arm, Thread.start, and the end of startReserved. The thread may be late, or never run
StartThread(w) ==
    /\ At(w, "start thread")
    /\ \/ Then(w, <<"arrive">>)
       \/ Cardinality(Slow) < MaxLate /\ Then(w, <<"arrive late">>)
    /\ starter' = [starter EXCEPT !.look = TRUE] /\ OnlyStarter

\* WorkerStarter.startFailed: rollBack. `look` finds out that a thread has ended without running the worker
StartFails(f, w) ==
    /\ At(f, "fail")
    /\ At(w, "start thread") \/ (w \in Slow /\ At("look", "start reserved"))
    /\ workers' = [workers EXCEPT !.pending = @ - 1, !.new = 0, !.late = @ \ {w},
                                  !.searching = @ - workers.new - (IF w \in workers.late THEN 0 ELSE 1)]
    /\ starter' = [starter EXCEPT !.retryPending = TRUE]
    /\ todo' = [todo EXCEPT ![w] = <<>>, ![f] = Tail(@)]
    /\ UNCHANGED queue

\* WorkerStarter.startFailed: schedules the retry, then looks
ScheduleRetry(f) ==
    /\ At(f, "schedule retry")
    /\ starter' = [starter EXCEPT !.retry = Defect # "retryLost"]
    /\ Then(f, <<"look fresh">>) /\ OnlyStarter

\* The timer runs WorkerStarter.retry: it is not scheduled any more, and clears the flag ...
RunRetry ==
    /\ starter.retry /\ todo["retry"] = <<>>
    /\ starter' = [starter EXCEPT !.retry = FALSE, !.retryPending = @ /\ Defect = "retryClearedLast"]
    /\ todo' = [todo EXCEPT !["retry"] = IF starter.retryPending THEN <<"start missing">> ELSE <<>>] /\ OnlyStarter

\* ... then Workers.startMissing, or signalIfReady
StartMissing ==
    /\ At("retry", "start missing")
    /\ workers' = IF workers.new = 0 THEN ReserveUpToMin(workers) ELSE workers
    /\ Then("retry", (IF workers' # workers THEN <<"start">> ELSE <<"look fresh">>)
                         \o (IF Defect = "retryClearedLast" THEN <<"clear">> ELSE <<>>))
    /\ OnlyWorkers

\* Not the Java: the flag is cleared after the look
ClearRetry ==
    /\ At("retry", "clear")
    /\ starter' = [starter EXCEPT !.retryPending = FALSE]
    /\ Then("retry", <<>>) /\ OnlyStarter

\* The timer runs WorkerStarter.look: a first look sees a slow thread, and a later one gives up waiting for it ...
RunLook ==
    LET over == {w \in Workers : At(w, "arrive very late") /\ w \notin workers.late}
    IN /\ starter.look /\ todo["look"] = <<>>
       /\ starter' = [starter EXCEPT !.look = FALSE]
       /\ workers' = [workers EXCEPT !.late = @ \union over,
                                     !.searching = IF Defect = "lateIsSearching" THEN @ ELSE @ - Cardinality(over)]
       /\ todo' = [t \in Threads |-> CASE At(t, "arrive late") -> <<"arrive very late">>
                                       [] t = "look" /\ over = {} -> <<"start reserved">>
                                       [] t = "look" /\ over # {} -> <<"look", "start reserved">>
                                       [] OTHER -> todo[t]]
       /\ UNCHANGED queue

\* ... then startReserved, and schedules the next look
StartReserved ==
    LET waits == \E w \in Workers : At(w, "arrive") \/ w \in Slow
    IN /\ At("look", "start reserved")
       /\ Then("look", IF workers.new > 0 THEN <<"start">> ELSE <<>>)
       /\ starter' = [starter EXCEPT !.look = @ \/ (waits /\ (workers.new = 0 \/ Defect # "lookNotRenewed"))]
       /\ OnlyStarter

--------------------------------------------------------------------------------------------------------------
(* The thread that closes the pool.                                                                             *)

\* Closing.begin: RequestQueue.close
Close ==
    /\ Closes # {} /\ At("closer", "close")
    /\ queue' = [queue EXCEPT !.closed = TRUE]
    /\ Then("closer", IF Defect = "stopBeforeDrained" THEN <<"stop", "drained", "empty">>
                      ELSE <<"drained", "stop", "empty">>)
    /\ OnlyQueue

\* Closing.isDrained
Drained ==
    /\ At("closer", "drained") \/ At("closer", "drained at last")
    /\ \A r \in Requests : queue.at[r] \notin Waiting \union {"active"}
    /\ Then("closer", <<>>) /\ OnlyTodo

\* Closing.giveUp: RequestQueue.cancelAll. close(Duration) stops the workers then. close(), interrupted, waits as before
GiveUp ==
    /\ "cancel" \in Closes /\ At("closer", "drained")
    /\ queue' = CancelAll(queue, {r \in Requests : queue.at[r] \in
                                      (IF Defect = "cancelAllButLanes" THEN Waiting \ {"lane"} ELSE Waiting)})
    /\ \E rest \in {<<"stop", "drained at last", "empty">>, <<"drained at last", "stop", "empty">>} :
           todo' = [todo EXCEPT !["closer"] = <<"look">> \o rest]
    /\ OnlyQueue

\* Workers.stop
Stop ==
    /\ At("closer", "stop")
    /\ LET told == IF Defect = "stopLeavesIdle" THEN <<>> ELSE workers.idle
       IN workers' = [workers EXCEPT !.stopping = TRUE, !.new = 0, !.searching = @ - workers.new,
                                     !.running = @ - Len(told), !.idle = IF told = <<>> THEN @ ELSE <<>>]
    /\ starter' = [starter EXCEPT !.retry = FALSE]
    /\ Then("closer", <<>>) /\ UNCHANGED queue

\* Closing.end: waits for Workers.isEmpty, and joins the threads
Empty ==
    /\ At("closer", "empty") /\ Cur(workers) = 0 /\ Free = Workers
    /\ Then("closer", <<>>) /\ OnlyTodo

--------------------------------------------------------------------------------------------------------------
Reserved == Min - Cardinality(Present)

Init ==
    /\ queue = [at |-> [r \in Requests |-> "new"], ready |-> <<>>, overflow |-> <<>>,
                lanes |-> [l \in Lanes |-> <<>>], permits |-> [l \in Lanes |-> 0], places |-> 0,
                runs |-> [w \in Workers |-> "none"],
                submitted |-> 0, taken |-> 0, completed |-> 0, canceled |-> 0, closed |-> FALSE]
    /\ workers = [new |-> Reserved, pending |-> 0, late |-> {}, running |-> Cardinality(Present), fresh |-> {},
                  searching |-> Reserved, searchers |-> {}, idle |-> SeqOf(Present), stopping |-> FALSE]
    /\ starter = [retryPending |-> FALSE, look |-> Reserved > 0, retry |-> FALSE]
    /\ todo = [t \in Threads |-> CASE t \in Requests -> <<"offer", "open">>
                                   [] t \in Failures -> <<"fail", "schedule retry">>
                                   [] t \in Present -> <<"sleep">>
                                   [] t = "closer" -> <<"close">>
                                   [] OTHER -> <<>>]

\* What a thread does unless it is kept from running
Step(t) ==
    \/ ReadOpen(t) \/ Look(t) \/ Signal(t) \/ Start(t)
    \/ t \in Workers /\ \/ At(t, "arrive") /\ Arrive(t)
                        \/ StartOthers(t) \/ ReserveNext(t) \/ Take(t) \/ SignalNext(t) \/ Finish(t)
                        \/ BecomeIdle(t) \/ WakeUp(t) \/ StartThread(t)
    \/ t \in Failures /\ ScheduleRetry(t)
    \/ t = "look" /\ (RunLook \/ StartReserved)
    \/ t = "retry" /\ (RunRetry \/ StartMissing \/ ClearRetry)
    \/ t = "closer" /\ (Drained \/ Stop \/ Empty)

\* What may happen, or not
Event ==
    \/ \E r \in Requests : Offer(r) \/ OpenReadFirst(r) \/ Withdraw(r)
    \/ \E w \in Workers : LeaveIdle(w) \/ Arrive(w) \/ \E f \in Failures : StartFails(f, w)
    \/ StartOnContext \/ Close \/ GiveUp

Next == Event \/ \E t \in Threads : Step(t)

\* Some thread goes on. That is enough but for `look`, which may be scheduled again and again
Spec == Init /\ [][Next]_vars /\ WF_vars(Step("look")) /\ WF_vars(\E t \in Threads \ {"look"} : Step(t))

--------------------------------------------------------------------------------------------------------------
(* What must hold. The first six are invariants.                                                                *)

In(places) == Cardinality({r \in Requests : queue.at[r] \in places})
Doing(steps) == Cardinality({w \in Workers : Range(todo[w]) \intersect steps # {}})
Ended == {"done", "canceled", "refused"}

CountsBalance ==
    /\ queue.submitted = queue.completed + queue.canceled + Len(queue.ready) + In({"active"})
    /\ queue.taken = queue.completed + In({"active"})
    /\ queue.places = In({"ready", "active"})
    /\ \A l \in Lanes : queue.permits[l] = Cardinality({r \in l : queue.at[r] \in {"ready", "overflow", "active"}})
    /\ workers.pending = Doing({"start thread", "arrive", "arrive late", "arrive very late"})
    /\ workers.searching = workers.new + workers.pending - Cardinality(workers.late) + Cardinality(workers.searchers)
    /\ Len(workers.idle) <= workers.running
    /\ Awake(workers) >= 0

NoneBeyondBounds ==
    /\ Cur(workers) <= Max
    /\ queue.places <= Bound
    /\ \A l \in Lanes : queue.permits[l] <= MaxPermits

WaitingOnlyForWhatIsHeld ==
    /\ queue.overflow # <<>> => queue.places = Bound
    /\ \A l \in Lanes : queue.lanes[l] # <<>> => queue.permits[l] = MaxPermits

\* A thread is about to look at the queue, or to signal
SomeThreadLooks ==
    \E t \in Threads : Range(todo[t]) \intersect {"open", "look", "look fresh", "look for 2", "signal", "signal 2",
                                                  "signal fresh", "signal next", "take", "start missing"} # {}

ReadyIsSeen ==
    queue.ready # <<>> =>
        /\ Cur(workers) < Max => workers.searching > 0 \/ starter.retryPending \/ SomeThreadLooks
        /\ workers.idle # <<>> => Awake(workers) > 0 \/ SomeThreadLooks

\* A reservation, a thread that has not arrived, and a retry have a look or a thread ahead of them
StartsAreWatched ==
    LET looks == starter.look \/ todo["look"] # <<>>
    IN /\ workers.new > 0 => looks \/ \E t \in Threads : Range(todo[t]) \intersect {"start", "start thread"} # {}
       /\ \A w \in Workers \ workers.late : At(w, "arrive") \/ w \in Slow => looks
       /\ starter.retryPending => \/ starter.retry \/ todo["retry"] # <<>> \/ workers.stopping
                                  \/ \E f \in Failures : At(f, "schedule retry")

BusyIsNotOnItsWay == \A w \in Workers : todo[w] = <<"run">> => w \notin workers.searchers

\* A request ends once, and its work begins once
OneOutcome ==
    [][\A r \in Requests : /\ queue.at[r] \in Ended => queue'.at[r] = queue.at[r]
                           /\ queue.at[r] = "active" => queue'.at[r] \in {"active", "done"}]_vars

\* There are few requests. So "again and again all have ended" means that each ends that was accepted
EveryRequestEnds == []<>(\A r \in Requests : queue.at[r] \in Ended \union {"new"}
                             \/ (r \in Endless /\ queue.at[r] = "active"))
NoneOnItsWayForEver == []<>(workers.searching = 0)
CloseReturns == []<>(queue.closed => todo["closer"] = <<>>)
==============================================================================================================

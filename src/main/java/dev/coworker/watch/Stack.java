package dev.coworker.watch;

import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;
import jdk.jfr.consumer.RecordedFrame;
import jdk.jfr.consumer.RecordedStackTrace;
import org.jspecify.annotations.Nullable;

/**
 * What the analyser keeps of a stack trace: the user's frames from the outermost to the innermost, what the innermost
 * one called, and whether the thread was about to leave its carrier: it parked, or was in a socket call of the JDK,
 * which never blocks on a virtual thread.
 */
record Stack(List<Frame> path, String operation, boolean parking) {
    private static final Pattern SOCKET_CALL =
            Pattern.compile("sun\\.nio\\.ch\\.(Net|Socket|Datagram|UnixDomain|EPoll|EventFD|KQueue|IOUtil)\\w*\\..*");

    /** A method and the line in it, or 0 where no line is known or no single one. */
    record Frame(String method, int line) {
        @Override
        public String toString() {
            return line > 0 ? method + ":" + line : method;
        }
    }

    static Stack of(@Nullable RecordedStackTrace trace, WatchConfig config) {
        if (trace == null || trace.getFrames().isEmpty()) {
            return new Stack(List.of(new Frame("(no stack)", 0)), "(no stack)", false);
        }
        List<RecordedFrame> frames = trace.getFrames();
        List<Frame> user = new ArrayList<>();
        List<Frame> named = new ArrayList<>();
        String userCalled = "";
        String namedCalled = "";
        String inner = method(frames.get(0));
        boolean parking = SOCKET_CALL.matcher(inner).matches();
        for (RecordedFrame frame : frames) {
            String type = frame.getMethod().getType().getName();
            String method = method(frame);
            if (type.equals("java.lang.VirtualThread")) {
                parking |= !frame.getMethod().getName().equals("run");
            } else if (config.isUser(type)) {
                Frame seen = new Frame(method, frame.getLineNumber());
                userCalled = user.isEmpty() ? inner : userCalled;
                user.add(seen);
                if (config.isNamed(type)) {
                    namedCalled = named.isEmpty() ? inner : namedCalled;
                    named.add(seen);
                }
            }
            inner = method;
        }
        if (!named.isEmpty()) {
            return new Stack(named.reversed(), namedCalled, parking);
        }
        return user.isEmpty()
                ? new Stack(List.of(outermost(frames)), method(frames.get(0)), parking)
                : new Stack(user.reversed(), userCalled, parking);
    }

    Frame root() {
        return path.get(0);
    }

    Frame site() {
        return path.get(path.size() - 1);
    }

    @Nullable
    String caller() {
        return path.size() < 2 ? null : path.get(path.size() - 2).toString();
    }

    /** Of a stack without a user's frame: the class whose lambda the thread runs, or else the JDK's own method. */
    private static Frame outermost(List<RecordedFrame> frames) {
        for (RecordedFrame frame : frames) {
            String type = frame.getMethod().getType().getName();
            int lambda = type.indexOf("$$Lambda");
            if (lambda > 0 && !type.startsWith("java.")) {
                return new Frame(type.substring(0, lambda) + ".lambda", 0);
            }
        }
        return new Frame(method(frames.get(0)), frames.get(0).getLineNumber());
    }

    private static String method(RecordedFrame frame) {
        String type = frame.getMethod().getType().getName();
        // Calls of native functions by FFM pass through classes that the JDK makes on the fly.
        return type.startsWith("java.lang.invoke.LambdaForm")
                ? "java.lang.invoke.MethodHandle.invoke"
                : type + "." + frame.getMethod().getName();
    }
}

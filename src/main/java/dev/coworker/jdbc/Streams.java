package dev.coworker.jdbc;

import java.io.BufferedInputStream;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.Reader;
import java.io.Writer;

/** The streams of large objects. Those that read do so in blocks, so that one byte does not cost a hand-over. */
final class Streams {
    private static final int BLOCK = 65_536;

    private Streams() {}

    static InputStream of(Offload offload, InputStream in) {
        return new BufferedInputStream(new Input(offload, in), BLOCK);
    }

    static Reader of(Offload offload, Reader in) {
        return new BufferedReader(new Characters(offload, in), BLOCK);
    }

    static OutputStream of(Offload offload, OutputStream out) {
        return new Output(offload, out);
    }

    static Writer of(Offload offload, Writer out) {
        return new Text(offload, out);
    }

    private static final class Input extends InputStream {
        private final Offload offload;
        private final InputStream in;

        Input(Offload offload, InputStream in) {
            this.offload = offload;
            this.in = in;
        }

        @Override
        public int read() throws IOException {
            return offload.<Integer, IOException>always(in::read);
        }

        @Override
        public int read(byte[] bytes, int from, int length) throws IOException {
            return offload.<Integer, IOException>always(() -> in.read(bytes, from, length));
        }

        @Override
        public void close() throws IOException {
            offload.run(in::close);
        }
    }

    private static final class Characters extends Reader {
        private final Offload offload;
        private final Reader in;

        Characters(Offload offload, Reader in) {
            this.offload = offload;
            this.in = in;
        }

        @Override
        public int read(char[] characters, int from, int length) throws IOException {
            return offload.<Integer, IOException>always(() -> in.read(characters, from, length));
        }

        @Override
        public void close() throws IOException {
            offload.run(in::close);
        }
    }

    private static final class Output extends OutputStream {
        private final Offload offload;
        private final OutputStream out;

        Output(Offload offload, OutputStream out) {
            this.offload = offload;
            this.out = out;
        }

        @Override
        public void write(int b) throws IOException {
            write(new byte[] {(byte) b}, 0, 1);
        }

        @Override
        public void write(byte[] bytes, int from, int length) throws IOException {
            offload.run(() -> out.write(bytes, from, length));
        }

        @Override
        public void flush() throws IOException {
            offload.run(out::flush);
        }

        @Override
        public void close() throws IOException {
            offload.run(out::close);
        }
    }

    private static final class Text extends Writer {
        private final Offload offload;
        private final Writer out;

        Text(Offload offload, Writer out) {
            this.offload = offload;
            this.out = out;
        }

        @Override
        public void write(char[] characters, int from, int length) throws IOException {
            offload.run(() -> out.write(characters, from, length));
        }

        @Override
        public void flush() throws IOException {
            offload.run(out::flush);
        }

        @Override
        public void close() throws IOException {
            offload.run(out::close);
        }
    }
}

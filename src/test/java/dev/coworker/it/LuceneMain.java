package dev.coworker.it;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.apache.lucene.document.Document;
import org.apache.lucene.document.Field;
import org.apache.lucene.document.StringField;
import org.apache.lucene.document.TextField;
import org.apache.lucene.index.DirectoryReader;
import org.apache.lucene.index.IndexWriter;
import org.apache.lucene.index.IndexWriterConfig;
import org.apache.lucene.index.Term;
import org.apache.lucene.search.IndexSearcher;
import org.apache.lucene.search.TermQuery;
import org.apache.lucene.store.Directory;
import org.apache.lucene.store.FSDirectory;
import org.apache.lucene.store.NIOFSDirectory;

/** Lucene indexes and searches on virtual threads. See {@link DefaultProviderIT}. */
final class LuceneMain {
    private static final int WRITERS = 8;
    private static final int DOCUMENTS = 500;

    /**
     * Where a monitor pins, Lucene's writers can stop each other, whatever the files do: two wait for its locks inside
     * {@code synchronized}, and the virtual thread whose turn it is has no carrier.
     */
    private static final boolean ONE_BY_ONE = Runtime.version().feature() < 24;

    private LuceneMain() {}

    public static void main(String[] args) throws Exception {
        Path folder = Path.of(args[0]);
        try (ExecutorService virtual = Executors.newVirtualThreadPerTaskExecutor();
                Directory nio = new NIOFSDirectory(folder.resolve("nio"));
                Directory usual = FSDirectory.open(folder.resolve("usual"))) {
            System.out.println(index(nio, virtual));
            System.out.println(index(usual, virtual));
        }
        System.out.println("pool: "
                + Thread.getAllStackTraces().keySet().stream()
                        .anyMatch(thread -> thread.getName().startsWith("coworker-files")));
    }

    private static String index(Directory directory, ExecutorService virtual) throws Exception {
        try (IndexWriter writer = new IndexWriter(directory, new IndexWriterConfig().setRAMBufferSizeMB(1))) {
            List<Future<?>> writers = new ArrayList<>();
            for (int i = 0; i < WRITERS; i++) {
                int number = i;
                Future<?> one = virtual.submit(() -> write(writer, number));
                if (ONE_BY_ONE) {
                    one.get();
                }
                writers.add(one);
            }
            for (Future<?> one : writers) {
                one.get();
            }
        }
        Callable<String> search = () -> {
            try (DirectoryReader reader = DirectoryReader.open(directory)) {
                int found = new IndexSearcher(reader).count(new TermQuery(new Term("text", "word7")));
                return directory.getClass().getSimpleName() + ": " + reader.numDocs() + " documents, " + found
                        + " found";
            }
        };
        return virtual.submit(search).get();
    }

    private static Void write(IndexWriter writer, int number) throws Exception {
        for (int k = 0; k < DOCUMENTS; k++) {
            Document document = new Document();
            document.add(new StringField("id", number + "/" + k, Field.Store.YES));
            document.add(new TextField("text", "word" + k % 100 + " and more", Field.Store.YES));
            writer.addDocument(document);
            if (k % 100 == 0) {
                writer.commit();
            }
        }
        return null;
    }
}

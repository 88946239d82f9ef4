package org.smsdispatcher.local;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class ContactsCsvTest {

    /** In the tables '~' is a line's end and a quote is ^. */
    private static ContactsCsv.Contents parse(String text) {
        return ContactsCsv.parse(text.replace('~', '\n').replace('^', '"').getBytes(StandardCharsets.UTF_8));
    }

    private static String numbers(ContactsCsv.Contents contents) {
        return contents.contacts().stream().map(NewContact::phoneNumber).collect(Collectors.joining(" "));
    }

    private static String badLines(ContactsCsv.Contents contents) {
        return contents.badLines().stream()
                .map(bad -> bad.line() + " " + bad.reason())
                .collect(Collectors.joining("; "));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            nullValues = "-",
            value = {
                // file                                                 | numbers   | lines not loaded
                "phone_number,timezone,name~+1,UTC,Bo~+2,UTC,Cy         | +1 +2     | ''",
                "phone_number~+1~+2~                                    | +1 +2     | ''",
                "phone_number,name~~+1,Bo~~~,~+1                        | +1        | 7 has 1 values, the header has 2 columns",
                "phone_number,name~+1,Bo,extra~+2,Cy                    | +2        | 2 has 3 values, the header has 2 columns",
                "phone_number,name~+1,Bo,,~+2,Cy                        | +1 +2     | ''",
                "phone_number,name~,Bo~+2,Cy                            | +2        | 2 has no phone_number",
                "phone_number~+1~ +1 ~+2                                | +1 +2     | 3 has the same number as line 2",
                "phone_number~+1 212 55~+1-212-55~call me~call me       | +1 212 55 call me | 3 has the same number as line 2; 5 has the same number as line 4",
                "phone_number~012345678901234567890~+2                  | +2        | 2 phone_number has 21 characters, at most 20 can be stored",
                "phone_number,name~+1,^Bo~+2,Cy~+3,Di                   | +2 +3     | 2 a quote is not closed, or has text after it",
                "phone_number,name~+1,^Bo~+2,^Cy^~+3,Di                 | +2 +3     | 2 a quote is not closed, or has text after it",
                "phone_number,name~+1,^B^o~+2,Cy                        | +2        | 2 a quote is not closed, or has text after it",
                "phone_number,name~~+1,^Bo~the first^~+2~+3,Di          | +1 +3     | 5 has 1 values, the header has 2 columns",
                "phone_number,name~+1,^Bo~+2,Cy~^,x~+3,Di               | +2 +3     | 2 has 3 values, the header has 2 columns; 4 a quote is not closed, or has text after it",
            })
    void namesTheLinesItDoesNotLoadAndLoadsTheRest(String file, String numbers, String badLines) {
        ContactsCsv.Contents contents = parse(file);

        assertThat(numbers(contents)).isEqualTo(numbers);
        assertThat(badLines(contents)).isEqualTo(badLines);
    }

    @ParameterizedTest
    @ValueSource(strings = {"\n", "\r\n", "\r"})
    void countsLinesHoweverTheyEnd(String end) {
        ContactsCsv.Contents contents =
                parse("\uFEFF" + String.join(end, "phone_number,name", "", "+1,\"Bo" + end + "2nd\"", ",Cy", "+2,Di"));

        assertThat(numbers(contents)).isEqualTo("+1 +2");
        assertThat(badLines(contents)).isEqualTo("5 has no phone_number");
    }

    @Test
    void everyOtherColumnIsMetadataAndABlankValueIsNone() {
        ContactsCsv.Contents contents =
                parse("Phone_Number, TimeZone ,First Name,note~ +1 , Asia/Tokyo ,^Bo, Jr.^, ~+2,,,x");

        assertThat(contents.columns()).containsExactly("First Name", "note");
        assertThat(contents.contacts())
                .containsExactly(
                        new NewContact("+1", "Asia/Tokyo", Map.of("First Name", "Bo, Jr.")),
                        new NewContact("+2", null, Map.of("note", "x")));
    }

    @Test
    void aLineThatIsNotUtf8OrCannotBeStoredCostsNoOther() {
        byte[] latin = "phone_number,name\n+1,J\u00FCrgen\n+2,Cy\n+3,a\0b\n".getBytes(StandardCharsets.ISO_8859_1);

        ContactsCsv.Contents contents = ContactsCsv.parse(latin);

        assertThat(numbers(contents)).isEqualTo("+2");
        assertThat(badLines(contents))
                .isEqualTo("2 is not UTF-8; 4 holds a NUL character, which PostgreSQL does not store");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "''                            | is empty",
                "~~                            | is empty",
                "number,name~+1,Bo             | must name a column phone_number",
                "phone_number;name~+1;Bo       | with commas between the columns",
                "phone_number,name,name~+1,a,b | the column name twice",
                "phone_number,,name~+1,a,b     | a column with no name",
                "^phone_number,name~+1,Bo      | cannot be read",
            })
    void refusesAFileWhoseFirstLineDoesNotNameTheColumns(String file, String problem) {
        assertThatThrownBy(() -> parse(file))
                .isInstanceOf(LocalRunException.class)
                .hasMessageContaining(problem);
    }
}

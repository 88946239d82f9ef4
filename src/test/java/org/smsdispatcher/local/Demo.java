package org.smsdispatcher.local;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.UUID;

/**
 * A campaign to look at: people in {@link #PLACES} around the globe, so that at any hour some are awake and some asleep, and
 * among them every reason there is for not texting somebody. The same at each run.
 *
 * <p>Every number lies in a range that the numbering authority of its country keeps free for films and books (555-01xx in North
 * America, 020 7946 0xxx in London): if a real gateway hangs on the topic, nobody gets a text. Some people live far from their
 * number's country, which is why a contact has a time zone.
 */
final class Demo {

    /** The campaign's id where the database is the local run's own, so that an event file can name it. */
    static final UUID CAMPAIGN = UUID.fromString("d3300000-0000-4000-8000-000000000001");

    static final String NAME = "Orders ready for pick-up";
    static final String TEMPLATE = "Hi {{first_name|there}}, your order {{order}} is ready for pick-up in {{city}}:"
            + " https://shop.example/orders/{{order}}. Reply STOP to opt out.";
    static final String WINDOWS = "daily 9-20";
    static final String ZONE = "Europe/London";

    private static final int PEOPLE_A_PLACE = 30;

    private static final List<Place> PLACES = List.of(
            new Place("Pacific/Honolulu", "Honolulu", "+180855501%02d"),
            new Place("America/Los_Angeles", "Los Angeles", "+121355501%02d"),
            new Place("America/Denver", "Denver", "+130355501%02d"),
            new Place("America/Chicago", "Chicago", "+131255501%02d"),
            new Place("America/New_York", "New York", "+121255501%02d"),
            new Place("America/Toronto", "Toronto", "+141655501%02d"),
            new Place("America/Sao_Paulo", "São Paulo", "+130555501%02d"),
            // none of their own: the campaign's zone is theirs
            new Place(null, "London", "+4420794600%02d"),
            new Place("Europe/Paris", "Paris", "+331990000%02d"),
            new Place("Europe/Berlin", "Berlin", "+49176040690%02d"),
            new Place("Europe/Stockholm", "Stockholm", "+467017406%02d"),
            new Place("Africa/Lagos", "Lagos", "+4411749600%02d"),
            new Place("Asia/Dubai", "Dubai", "+4412149600%02d"),
            new Place("Asia/Kolkata", "Mumbai", "+4416149600%02d"),
            new Place("Asia/Tokyo", "Tokyo", "+141555501%02d"),
            new Place("Australia/Perth", "Perth", "+6185550%02d00"),
            new Place("Australia/Sydney", "Sydney", "+6125550%02d00"),
            new Place("Pacific/Auckland", "Auckland", "+6175550%02d00"));

    private static final List<String> FIRST_NAMES = List.of(
            "Amara",
            "Ana",
            "Anton",
            "Aoife",
            "Arjun",
            "Björn",
            "Camille",
            "Carlos",
            "Chidi",
            "Chloé",
            "Daniel",
            "Elif",
            "Emma",
            "Farid",
            "Fatima",
            "Giulia",
            "Grace",
            "Hana",
            "Hiroshi",
            "Ines",
            "Isabella",
            "Jack",
            "Jürgen",
            "Kai",
            "Keanu",
            "Layla",
            "Leilani",
            "Liam",
            "Lucía",
            "Magnus",
            "Mateo",
            "Maya",
            "Nadia",
            "Ngozi",
            "Noah",
            "Olivia",
            "Oscar",
            "Priya",
            "Rafael",
            "Rashid",
            "Sakura",
            "Siobhán",
            "Sofia",
            "Tane",
            "Thandi",
            "Tomás",
            "Yuki",
            "Zoë");

    private static final List<String> NO_NUMBERS =
            List.of("555-0199", "+44 20 79", "call me", "+1 212 555", "+49", "020 7946 0999");

    private static final List<String> NO_ZONES = List.of("Mars/Olympus_Mons", "Europe/Londn", "GMT+3");

    private final Random random = new Random(20_261_124);
    private final List<NewContact> contacts = new ArrayList<>();
    private final List<String> blacklist = new ArrayList<>();
    private final List<String> redisBlacklist = new ArrayList<>();

    /** Where people live, and how their numbers begin; the zone is null for the campaign's. */
    private record Place(String zone, String city, String numbers) {

        String number(int person) {
            // every place's range holds 10 to 60
            return numbers.formatted(person + 10);
        }
    }

    Demo() {
        for (int place = 0; place < PLACES.size(); place++) {
            for (int person = 0; person < PEOPLE_A_PLACE; person++) {
                addPerson(PLACES.get(place), person);
            }
            addTrouble(place);
        }
    }

    /** Who is to be texted. */
    List<NewContact> contacts() {
        return List.copyOf(contacts);
    }

    /** PostgreSQL's blacklist: some as they stand in the contacts, some as an import of long ago may have spelt them. */
    List<String> blacklist() {
        return List.copyOf(blacklist);
    }

    /** Numbers in E.164 that only Redis knows of: an opt-out whose row has not come yet. */
    List<String> redisBlacklist() {
        return List.copyOf(redisBlacklist);
    }

    private void addPerson(Place place, int person) {
        Map<String, String> values = new LinkedHashMap<>();
        // two of thirty have no name, for which the template has a fallback; one has no order, for which it has none
        if (person % 14 != 13) {
            values.put("first_name", FIRST_NAMES.get(random.nextInt(FIRST_NAMES.size())));
        }
        if (person != 21) {
            values.put("order", "A-%05d".formatted(10_000 + random.nextInt(90_000)));
        }
        values.put("city", place.city());
        contacts.add(new NewContact(place.number(person), place.zone(), values));
    }

    private void addTrouble(int index) {
        Place place = PLACES.get(index);
        blacklist.add(spelling(place.number(3), index % 5));
        redisBlacklist.add(place.number(7));
        Map<String, String> values = Map.of("order", "A-00000", "city", place.city());
        if (index % 3 == 0) {
            contacts.add(new NewContact(NO_NUMBERS.get(index / 3), place.zone(), values));
        }
        if (index % 6 == 1) {
            // a zone after which the number is of no use
            contacts.add(new NewContact(place.number(40), NO_ZONES.get(index / 6), values));
        }
        if (index % 6 == 2) {
            contacts.add(new NewContact("00" + place.number(0).substring(1), place.zone(), values));
        }
    }

    private static String spelling(String number, int way) {
        String digits = number.substring(1);
        return switch (way) {
            case 0 -> number;
            case 1 -> "00" + digits;
            case 2 -> digits;
            case 3 -> "+" + digits.substring(0, 2) + "-" + digits.substring(2, 6) + "-" + digits.substring(6);
            default -> fullWidth(number);
        };
    }

    /** As an input method for Chinese or Japanese writes it. */
    private static String fullWidth(String number) {
        StringBuilder wide = new StringBuilder();
        number.chars().forEach(each -> wide.append((char) (each - '+' + '\uFF0B')));
        return wide.toString();
    }
}

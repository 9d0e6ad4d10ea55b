using System.Collections.Frozen;
using System.Collections.Immutable;

namespace BiopsyFhir.Domain;

/// <summary>The tables of <see cref="DrugCatalogue"/>, each read from its file and checked against the others.</summary>
internal static class DrugTables
{
    public static FrozenDictionary<string, DrugClass> Classes(KnowledgeFiles files, Faults faults)
    {
        var rows = new Dictionary<string, KnowledgeRow>(StringComparer.Ordinal);
        foreach (var row in KnowledgeTable.Read(files, "drug-classes.tsv", faults, optional: false, "class", "parents", "hides", "words"))
            if (!rows.TryAdd(row["class"], row)) faults.Add(row.Where, $"class '{row["class"]}' stands twice");

        var classes = new Dictionary<string, DrugClass>(StringComparer.Ordinal);
        foreach (var (name, row) in rows)
        {
            var within = new HashSet<string>(StringComparer.Ordinal);
            var open = new Queue<string>([name]);
            while (open.TryDequeue(out var next))
            {
                if (!within.Add(next)) continue;
                if (!rows.TryGetValue(next, out var parent)) faults.Add(row.Where, $"'{next}' is no class");
                else foreach (var above in parent.Several("parents")) open.Enqueue(above);
            }
            classes[name] = new(name, within.ToFrozenSet(), Hides(row, faults), row["words"]);
        }
        return classes.ToFrozenDictionary();
    }

    public static FrozenDictionary<string, Drug> Ingredients(KnowledgeFiles files, FrozenDictionary<string, DrugClass> classes, Faults faults)
    {
        var drugs = new Dictionary<string, Drug>(StringComparer.Ordinal);
        foreach (var row in KnowledgeTable.Read(files, "ingredients.tsv", faults, optional: false, "ingredient", "class", "rule", "groups"))
        {
            if (row["ingredient"].Any(char.IsUpper)) faults.Add(row.Where, "an ingredient is written in lower case");
            if (Class(row, row["class"], classes, faults) is not { } @class) continue;
            foreach (var group in row.Several("groups")) Class(row, group, classes, faults);
            var drug = new Drug(row["ingredient"], @class, Choice<DrugRule>(row, "rule", faults), [.. row.Several("groups")]);
            if (!drugs.TryAdd(drug.Ingredient, drug)) faults.Add(row.Where, $"ingredient '{drug.Ingredient}' stands twice");
        }
        return drugs.ToFrozenDictionary();
    }

    public static FrozenDictionary<string, DrugRoute> Routes(KnowledgeFiles files, FrozenDictionary<string, DrugClass> classes, FrozenDictionary<string, Drug> ingredients, Faults faults)
    {
        var routes = new Dictionary<string, DrugRoute>(StringComparer.Ordinal);
        foreach (var row in KnowledgeTable.Read(files, "drug-routes.tsv", faults, optional: false, "route", "reaches", "onlyFor", "except", "notContradictedBy", "words"))
        {
            foreach (var name in row.Several("onlyFor")) Class(row, name, classes, faults);
            foreach (var name in row.Several("except")) Drug(row, name, ingredients, faults);
            var route = new DrugRoute(row["route"], Choice<Reach>(row, "reaches", faults),
                row.Several("onlyFor").ToFrozenSet(), row.Several("except").ToFrozenSet(), row.Several("notContradictedBy").ToFrozenSet(), row["words"]);
            if (route.Reach != Reach.Systemic && route.OnlyFor.Count == 0) faults.Add(row.Where, "a local route names the classes that it is for");
            if (!routes.TryAdd(route.Key, route)) faults.Add(row.Where, $"route '{route.Key}' stands twice");
        }
        foreach (var route in routes.Values)
            foreach (var other in route.NotContradictedBy)
                if (!routes.ContainsKey(other)) faults.Add("drug-routes.tsv", $"{route.Key}: '{other}' is no route");
        return routes.ToFrozenDictionary();
    }

    public static FrozenDictionary<(RecognisedBy, string), CodedDrug> Codes(KnowledgeFiles files, FrozenDictionary<string, DrugClass> classes,
        FrozenDictionary<string, Drug> ingredients, FrozenDictionary<string, DrugRoute> routes, Faults faults)
    {
        (string File, RecognisedBy System, bool Optional)[] tables =
        [
            ("rxnorm.tsv", RecognisedBy.Rxnorm, false),
            ("rxnorm-cc-by-sa.tsv", RecognisedBy.Rxnorm, true),
            ("atc.tsv", RecognisedBy.Atc, true),
            ("snomed-medications.tsv", RecognisedBy.Snomed, true),
        ];
        var codes = new Dictionary<(RecognisedBy, string), CodedDrug>();
        foreach (var (file, system, optional) in tables)
            foreach (var row in KnowledgeTable.Read(files, file, faults, optional, "code", "tty", "ingredient", "class", "route", "brandLevel", "status", "name"))
            {
                var coded = new CodedDrug(system, row["code"],
                    [.. row.Several("ingredient").Select(i => Drug(row, i, ingredients, faults)).OfType<Drug>()],
                    row["class"].Length > 0 ? Class(row, row["class"], classes, faults) : null,
                    Route(row, routes, faults), YesNo(row, "brandLevel", faults), row["name"]);
                if (row["ingredient"].Length > 0 == row["class"].Length > 0 && row["tty"] != "ATC-open") faults.Add(row.Where, "either ingredients or a class are expected");
                if (row["code"].Length == 0 || row["code"] != row["code"].Trim()) faults.Add(row.Where, "no code, or blanks around it");
                if (row["name"].Length == 0) faults.Add(row.Where, "no name");
                if (!row["status"].StartsWith("active", StringComparison.Ordinal) && !row["status"].StartsWith("retired", StringComparison.Ordinal)) faults.Add(row.Where, $"status '{row["status"]}' is neither active nor retired");
                if (!codes.TryAdd((system, coded.Code), coded)) faults.Add(row.Where, $"code {coded.Code} stands twice");
            }
        return codes.ToFrozenDictionary();
    }

    public static List<DrugName> Names(KnowledgeFiles files, FrozenDictionary<string, DrugClass> classes,
        FrozenDictionary<string, Drug> ingredients, FrozenDictionary<string, DrugRoute> routes, Faults faults)
    {
        var names = new List<DrugName>();
        foreach (var row in KnowledgeTable.Read(files, "drug-names.tsv", faults, optional: false, "name", "ingredient", "kind", "language", "route", "use", "note"))
        {
            var kind = Choice<NameKind>(row, "kind", faults);
            var drugs = kind is NameKind.Class or NameKind.Decoy ? [] : row.Several("ingredient").Select(i => Drug(row, i, ingredients, faults)).OfType<Drug>().ToImmutableArray();
            var @class = kind is NameKind.Class ? Class(row, row["ingredient"], classes, faults) : null;
            if (kind is not (NameKind.Class or NameKind.Decoy) && row["ingredient"].Length == 0) faults.Add(row.Where, "no ingredient");
            if (kind is NameKind.Decoy && row["ingredient"].Length > 0) faults.Add(row.Where, "a decoy names no ingredient");
            if (row["use"] is not ("" or "analgesic")) faults.Add(row.Where, $"use '{row["use"]}' is neither empty nor analgesic");
            names.Add(new(row["name"], kind, drugs, @class, Route(row, routes, faults), row["use"] == "analgesic"));
        }
        return names;
    }

    /// <summary>Single words for medicines that a rule holds or that no rule covers, but for NSAIDs: a slip of the pen must not hide these.</summary>
    public static IEnumerable<string> NamesNotToMiss(IEnumerable<DrugName> names) =>
        names.Where(n => n.Kind is NameKind.Generic or NameKind.Brand && n.Drugs.Any(d => d.Class.Hides == MightHide.Antithrombotic && d.Class.Name != "nsaid"))
            .Select(n => Token.Of(n.Name)).Where(t => t.Length == 1).Select(t => t[0].Text).Distinct();

    public static (PhraseTable<DrugPhrase> Before, PhraseTable<DrugPhrase> After) Phrases(KnowledgeFiles files, Faults faults)
    {
        List<(string, DrugPhrase)> before = [], after = [];
        foreach (var row in KnowledgeTable.Read(files, "drug-phrases.tsv", faults, optional: false, "phrase", "hides", "language", "note"))
        {
            var around = row["phrase"].Split("{drug}");
            var hides = Hides(row, faults);
            if (around.Length != 2 || (around[0].Length == 0) == (around[1].Length == 0)) faults.Add(row.Where, "words before or after {drug} are expected");
            else if (around[0].Length > 0) before.Add((around[0], new(row["phrase"], hides, 0)));
            else after.Add((around[1], new(row["phrase"], hides, Token.Of(around[1]).Length)));
        }
        return (new(before, Twice, backwards: true), new(after, Twice));

        void Twice(string phrase) => faults.Add("drug-phrases.tsv", $"'{phrase.Trim()}' stands twice");
    }

    public static (FrozenDictionary<(string, string), DrugRoute> Codes, PhraseTable<DrugRoute> Words) RouteWords(KnowledgeFiles files, FrozenDictionary<string, DrugRoute> routes, Faults faults)
    {
        var codes = new Dictionary<(string, string), DrugRoute>();
        var words = new List<(string, DrugRoute)>();
        foreach (var row in KnowledgeTable.Read(files, "drug-route-words.tsv", faults, optional: false, "route", "system", "words", "language", "note"))
        {
            if (Route(row, routes, faults) is not { } key || !routes.TryGetValue(key, out var route)) continue;
            if (row["system"].Length == 0) words.Add((row["words"], route));
            else if (!codes.TryAdd((row["system"], row["words"]), route)) faults.Add(row.Where, $"code {row["words"]} stands twice");
        }
        return (codes.ToFrozenDictionary(), new(words, twice => faults.Add("drug-route-words.tsv", $"'{twice}' stands twice")));
    }

    public static PhraseTable<DrugWord> Words(KnowledgeFiles files, Faults faults)
    {
        var words = new List<(string, DrugWord)>();
        foreach (var row in KnowledgeTable.Read(files, "drug-words.tsv", faults, optional: false, "words", "kind"))
            words.Add((row["words"], new(Choice<DrugWordKind>(row, "kind", faults))));
        return new(words, twice => faults.Add("drug-words.tsv", $"'{twice}' stands twice"));
    }

    public static PhraseTable<DoseWord> DoseWords(KnowledgeFiles files, Faults faults)
    {
        var words = new List<(string, DoseWord)>();
        foreach (var row in KnowledgeTable.Read(files, "dose-words.tsv", faults, optional: false, "words", "meaning", "language"))
        {
            var parts = row["meaning"].Split(' ');
            var number = parts.Length > 1 && decimal.TryParse(parts[1], out var n) && n > 0 ? n : (decimal?)null;
            DoseWord? word = (parts[0], parts.Length > 1 ? parts[1] : "") switch
            {
                ("takes", "first") => new(DoseMeaning.TakesFirst, null, null),
                ("takes", _) => new(DoseMeaning.Takes, number, null),
                ("time", "") => new(DoseMeaning.Time, null, null),
                ("hours", _) => new(DoseMeaning.Hours, number, null),
                ("days", _) => new(DoseMeaning.Days, number, null),
                ("perweek", _) => new(DoseMeaning.PerWeek, number, null),
                ("prn", "") => new(DoseMeaning.AsNeeded, null, null),
                ("unit", { Length: > 0 } unit) => new(DoseMeaning.Unit, null, unit),
                ("word", _) when number is not null => new(DoseMeaning.Word, number, null),
                _ => null,
            };
            if (word is null) faults.Add(row.Where, $"meaning '{row["meaning"]}' is not known");
            else if (word is { Meaning: DoseMeaning.Takes or DoseMeaning.Hours or DoseMeaning.Days or DoseMeaning.PerWeek, Number: null } && !row["words"].Contains("{n}", StringComparison.Ordinal)) faults.Add(row.Where, "no number, neither here nor in the words");
            else words.Add((row["words"], word));
        }
        return new(words, twice => faults.Add("dose-words.tsv", $"'{twice}' stands twice"));
    }

    private static DrugClass? Class(KnowledgeRow row, string name, FrozenDictionary<string, DrugClass> classes, Faults faults)
    {
        if (classes.TryGetValue(name, out var found)) return found;
        faults.Add(row.Where, $"'{name}' is no class of drug-classes.tsv");
        return null;
    }

    private static Drug? Drug(KnowledgeRow row, string name, FrozenDictionary<string, Drug> ingredients, Faults faults)
    {
        if (ingredients.TryGetValue(name, out var found)) return found;
        faults.Add(row.Where, $"'{name}' is no ingredient of ingredients.tsv");
        return null;
    }

    private static string? Route(KnowledgeRow row, FrozenDictionary<string, DrugRoute> routes, Faults faults)
    {
        if (row["route"].Length == 0) return null;
        if (!routes.ContainsKey(row["route"])) faults.Add(row.Where, $"'{row["route"]}' is no route of drug-routes.tsv");
        return row["route"];
    }

    private static MightHide Hides(KnowledgeRow row, Faults faults) => row["hides"] switch
    {
        "antithrombotic" => MightHide.Antithrombotic,
        "other" => MightHide.Other,
        var other => Refuse(row, faults, $"hides '{other}' is neither antithrombotic nor other"),
    };

    private static MightHide Refuse(KnowledgeRow row, Faults faults, string why)
    {
        faults.Add(row.Where, why);
        return MightHide.Antithrombotic;
    }

    private static bool YesNo(KnowledgeRow row, string column, Faults faults)
    {
        if (row[column] is not ("" or "yes")) faults.Add(row.Where, $"{column} '{row[column]}' is neither empty nor yes");
        return row[column] == "yes";
    }

    private static T Choice<T>(KnowledgeRow row, string column, Faults faults) where T : struct, Enum
    {
        // A digit would parse as an enum value.
        if (row[column].Length > 0 && char.IsAsciiLetterLower(row[column][0]) && Enum.TryParse<T>(row[column], ignoreCase: true, out var value)) return value;
        faults.Add(row.Where, $"{column} '{row[column]}' is none of {string.Join(", ", Enum.GetNames<T>()).ToLowerInvariant()}");
        return default;
    }
}

using System.Collections.Frozen;
using System.Collections.Immutable;

namespace BiopsyFhir.Domain;

/// <summary>What the rules do with an ingredient (ingredients.tsv).</summary>
public enum DrugRule
{
    /// <summary>The hold tables have a row for it, even if it says "no hold".</summary>
    Hold,

    /// <summary>No hold; other rules read it.</summary>
    Note,

    /// <summary>Recognised, but no rule covers it: always among what could not be judged.</summary>
    None,
}

/// <summary>A class of medicines. <paramref name="Within"/> holds itself and every class above it.</summary>
public sealed record DrugClass(string Name, FrozenSet<string> Within, MightHide Hides, string Words);

/// <summary>One active ingredient of the catalogue.</summary>
/// <param name="Ingredient">In lower case: apixaban.</param>
/// <param name="Groups">Further classes whose questions it answers, for example macrocytosis-drug for a cytostatic.</param>
public sealed record Drug(string Ingredient, DrugClass Class, DrugRule Rule, ImmutableArray<string> Groups)
{
    /// <summary>True for its class, a class above that, and its groups.</summary>
    public bool Is(string name) => Class.Within.Contains(name) || Groups.Contains(name);
}

/// <summary>What one code stands for: ingredients, or only a class of medicines.</summary>
/// <param name="Class">Set when the code names only a class.</param>
/// <param name="Route">Key of drug-routes.tsv, or null when the code does not say.</param>
/// <param name="BrandLevel">A brand that can also cover products without the ingredient.</param>
/// <param name="Name">As the terminology names it.</param>
public sealed record CodedDrug(RecognisedBy System, string Code, ImmutableArray<Drug> Drugs, DrugClass? Class, string? Route, bool BrandLevel, string Name);

/// <summary>How a name in drug-names.tsv is to be taken.</summary>
public enum NameKind { Generic, Brand, Possible, Abbreviation, Misspelling, Class, Decoy }

/// <summary>One name as people write it.</summary>
public sealed record DrugName(string Name, NameKind Kind, ImmutableArray<Drug> Drugs, DrugClass? Class, string? Route, bool Analgesic);

/// <summary>Wording around a name that makes it something else than a medicine taken.</summary>
public sealed record DrugPhrase(string Phrase, MightHide Hides, int TokensAfter);

/// <summary>Whether a route carries a medicine through the whole body.</summary>
public enum Reach { Systemic, Local, Lock }

/// <summary>Where a medicine goes (drug-routes.tsv).</summary>
public sealed record DrugRoute(string Key, Reach Reach, FrozenSet<string> OnlyFor, FrozenSet<string> Except, FrozenSet<string> NotContradictedBy, string Words)
{
    /// <summary>False when a local word beside this ingredient must be about something else: no one makes apixaban cream.</summary>
    public bool Fits(Drug drug) => Reach == Reach.Systemic || (OnlyFor.Contains(drug.Class.Name) && !Except.Contains(drug.Ingredient));
}

/// <summary>How words count when an entry's name is looked for.</summary>
public sealed record DrugWord(DrugWordKind Kind);

public enum DrugWordKind { Filler, OtherName, Or, Analgesic }

/// <summary>One piece of an instruction (dose-words.tsv).</summary>
/// <param name="Number">Fixed number, or null when the text gives it.</param>
public sealed record DoseWord(DoseMeaning Meaning, decimal? Number, string? Unit);

public enum DoseMeaning { Takes, TakesFirst, Time, Hours, Days, PerWeek, AsNeeded, Unit, Word }

using System.Collections.Immutable;

namespace BiopsyFhir.Domain;

/// <summary>Everything present that could not be judged, and every kind of record that was not seen: said, never dropped.</summary>
public static class WhatCouldNotBeJudged
{
    public static ImmutableArray<NotJudged> From(Situation situation)
    {
        var chart = situation.Snapshot.Chart;
        IEnumerable<NotJudged> deceased = chart.Person.Deceased
            ? [new("Readiness for biopsy", "The record says that the patient has died.", MightHide.Other)]
            : [];
        return [.. deceased
            .Concat(chart.Unread.Select(u => new NotJudged(u.What, u.Why, u.Hides)))
            .Concat(chart.Sources.SelectMany(NotSeen))
            .Concat(situation.Snapshot.Biopsy.NotJudged)
            .Concat(situation.Medicines.NotJudged)
            .Concat(situation.Labs.NotJudged)
            .Concat(situation.History.NotJudged)
            .Concat(chart.Allergies.Where(a => a.VerificationStatus is not ("refuted" or "entered-in-error")).SelectMany(a => NotInterpreted(a, situation.Policy.Catalogue.Allergens)))
            .Concat(chart.Orders.Where(o => o.CannotInterpret is not null && o.Status is not "entered-in-error").Select(o => Unreadable("Order", o.Reference, o.Code, o.CannotInterpret!)))
            .Concat(chart.Appointments.Where(a => a.CannotInterpret is not null && a.Status is not "entered-in-error").Select(a => Unreadable("Appointment", a.Reference, a.About.FirstOrDefault(), a.CannotInterpret!)))
            .Concat(chart.Person.Deceased ? [] : ExpectedMedicines.NotSeen(situation))
            .Distinct()];
    }

    /// <summary>An allergy that cannot be read may be to the local anaesthetic or the skin preparation.</summary>
    private static IEnumerable<NotJudged> NotInterpreted(AllergyRecord allergy, AllergenCatalogue catalogue)
    {
        if (allergy.CannotInterpret is { } why)
            yield return new(allergy.Code.IsEmpty ? $"An allergy ({allergy.Reference})" : $"Allergy \"{allergy.Code.Words}\" ({allergy.Reference})", why, MightHide.Other);
        else if (!allergy.Code.Codes.IsEmpty && !allergy.Code.AllWords.Any() && !allergy.Code.Codes.Any(c => catalogue.ByCode.ContainsKey((c.System, c.Value))))
            yield return new($"An allergy ({allergy.Reference})", $"Code {allergy.Code.Codes[0].Value} of {allergy.Code.Codes[0].System} is not known here and comes without words.", MightHide.Other);
    }

    /// <summary>It may be the order of this biopsy, or its date.</summary>
    private static NotJudged Unreadable(string kind, string reference, Concept? about, string why) =>
        new(about is null || about.Words.Length == 0 ? $"{kind} {reference}" : $"{kind} \"{about.Words}\" ({reference})", why, MightHide.Other);

    private static IEnumerable<NotJudged> NotSeen(Source source)
    {
        var (records, hides) = source.Kind switch
        {
            RecordKind.Medication => ("Medication list", MightHide.Antithrombotic),
            RecordKind.Result => ("Laboratory results", MightHide.SafetyLab),
            RecordKind.Condition => ("Problem list", MightHide.Other),
            RecordKind.Allergy => ("Allergies", MightHide.Other),
            RecordKind.Procedure => ("Procedures and devices", MightHide.Other),
            RecordKind.Order => ("Orders", MightHide.Other),
            _ => ("Appointments", MightHide.Other),
        };
        if (source.CouldNotRead is { } why) yield return new(records, why, hides);
        else if (source.Count == 0)
            yield return source.Kind == RecordKind.Medication
                ? new("Medication list", "No medication list seen. This is not the same as taking no medicines.", hides)
                : new(records, "None seen. This is not the same as none there.", MightHide.Other);
    }
}

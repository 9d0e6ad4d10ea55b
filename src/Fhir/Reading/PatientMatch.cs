using System.Text.Json;

namespace BiopsyFhir.Fhir.Reading;

/// <summary>Whose entry it is.</summary>
internal enum Owner
{
    /// <summary>The patient's, or nobody is named: then it is taken as the one patient's.</summary>
    Patient,
    AnotherPatient,

    /// <summary>A group, a device, a place.</summary>
    NotAPatient,
}

/// <summary>Compares an entry's subject with the one patient (evidence 7.1 rule 10).</summary>
internal sealed class PatientMatch(Entry patient, References references, bool oneServer)
{
    /// <summary>The last subject, and whose it was for entries of the same server: nearly every entry names the same.</summary>
    private (FhirElement Subject, Entry Entry, Owner Owner)? _last;

    public Owner OwnerOf(Entry entry)
    {
        if (entry.Type == "Appointment") return OfAppointment(entry);
        var subject = entry.Resource.FirstOf("subject", "patient");
        if (subject.ValueKind != JsonValueKind.Object) return Owner.Patient;
        if (_last is { } last && subject.Utf8.SequenceEqual(last.Subject.Utf8) && (entry.IsBeside(last.Entry) || References.HaveSameBase(entry, last.Entry))) return last.Owner;
        var owner = Of(entry, subject);
        // What stands inside the entry is another in each.
        _last = subject.Text("reference")?.TrimStart() is ['#', ..] ? null : (subject, entry, owner);
        return owner;
    }

    private Owner OfAppointment(Entry entry)
    {
        var owners = entry.Resource.Items("participant").Select(p => p.Member("actor"))
            .Append(entry.Resource.Member("subject"))
            .Where(actor => actor.ValueKind == JsonValueKind.Object && NamesPatient(entry, actor))
            .Select(actor => Of(entry, actor)).ToList();
        return owners.Count == 0 || owners.Contains(Owner.Patient) ? Owner.Patient : Owner.AnotherPatient;
    }

    private bool NamesPatient(Entry entry, FhirElement actor) =>
        actor.CodeText("type") == "Patient" || References.TypeAndId(actor.Text("reference"))?.StartsWith("Patient/", StringComparison.Ordinal) == true
        || (references.TryFind(entry, actor.Text("reference"), out var target) && target.Resource.CodeText("resourceType") == "Patient");

    private Owner Of(Entry entry, FhirElement subject)
    {
        if (subject.Text("reference")?.Trim() is not { } reference) return ByIdentifier(subject);
        if (references.TryFind(entry, reference, out var target))
        {
            if (target.Resource.CodeText("resourceType") != "Patient") return Owner.NotAPatient;
            if (target.In == patient || (oneServer && target.In.Reference == patient.Reference)) return Owner.Patient;
            return reference.StartsWith('#') && SamePerson(target.Resource) ? Owner.Patient : Owner.AnotherPatient;
        }
        if (reference == patient.FullUrl) return Owner.Patient;
        if (References.TypeAndId(reference) is not { } typeAndId) return Owner.AnotherPatient;
        if (!typeAndId.StartsWith("Patient/", StringComparison.Ordinal)) return Owner.NotAPatient;
        if (typeAndId != patient.Reference) return Owner.AnotherPatient;
        // The same id on another server is another patient.
        var (asked, own) = (References.BaseOf(reference) ?? References.Base(entry), References.Base(patient));
        return oneServer || asked is null || own is null || asked == own ? Owner.Patient : Owner.AnotherPatient;
    }

    /// <summary>Only an identifier: another's when it is of a kind that the patient has, with another value.</summary>
    private Owner ByIdentifier(FhirElement subject)
    {
        var stated = subject.Member("identifier");
        var sameKind = patient.Resource.Items("identifier").Where(i => i.Text("system") is { } system && system == stated.Text("system")).ToList();
        return stated.Text("value") is not { } value || sameKind.Count == 0 || sameKind.Any(i => i.Text("value") == value) ? Owner.Patient : Owner.AnotherPatient;
    }

    /// <summary>A Patient inside an entry is taken as the one patient unless something that both state differs.</summary>
    private bool SamePerson(FhirElement inside) =>
        Agree(inside.Text("birthDate"), patient.Resource.Text("birthDate")) && Agree(inside.Text("gender"), patient.Resource.Text("gender"));

    private static bool Agree(string? one, string? other) => one is null || other is null || one == other;
}

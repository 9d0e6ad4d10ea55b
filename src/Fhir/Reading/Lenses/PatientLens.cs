using BiopsyFhir.Domain;

namespace BiopsyFhir.Fhir.Reading;

/// <summary>Patient -> Person.</summary>
internal readonly struct PatientLens(Entry entry)
{
    /// <summary>HL7 extension: the clinician-set parameter goes before administrative gender (evidence 3.1).</summary>
    private const string SexForClinicalUse = "http://hl7.org/fhir/StructureDefinition/patient-sexParameterForClinicalUse";

    private FhirElement Json => entry.Resource;

    public Person Read(Reader reader)
    {
        var source = new Source(entry.Reference, MightHide.Other);
        if (Interpretable.WhyNot(Json) is { } why) reader.CouldNotRead(entry.Reference, why, MightHide.Other);
        if (Json.Has("gender") && Json.CodeText("gender")?.ToLowerInvariant() is not ("female" or "male" or "other" or "unknown"))
            reader.CouldNotRead($"gender of {entry.Reference}", $"{Reader.Quoted(Json.Member("gender"))} is not known.", MightHide.Other);
        return new(entry.Reference, reader.Date(source, Json, "birthDate"), Sex, Deceased);
    }

    private Sex Sex => ForClinicalUse ?? Json.CodeText("gender")?.ToLowerInvariant() switch
    {
        "female" => Sex.Female,
        "male" => Sex.Male,
        "other" => Sex.Other,
        _ => Sex.Unknown,
    };

    /// <summary>Null when not recorded; Unknown when records disagree.</summary>
    private Sex? ForClinicalUse
    {
        get
        {
            var stated = Json.Items("extension").Where(e => e.Text("url") == SexForClinicalUse)
                .Select(e => e.Items("extension").FirstOrDefault(v => v.Text("url") == "value").StatusCode("valueCodeableConcept"))
                .OfType<string>()
                .Select(code => code switch
                {
                    "female-typical" or "female" => Sex.Female,
                    "male-typical" or "male" => Sex.Male,
                    "specified" => Sex.Other,
                    _ => Sex.Unknown,
                }).Distinct().ToList();
            return stated.Count switch { 0 => null, 1 => stated[0], _ => Sex.Unknown };
        }
    }

    /// <summary>A date of death that cannot be read is still a death.</summary>
    private bool Deceased => Json.Flag("deceasedBoolean") == true || Json.Has("deceasedDateTime");
}

namespace BiopsyFhir.Api.Configuration.Checks;

/// <summary>Dates on a handout are the facility's dates; its zone is never guessed for real patients.</summary>
public static class CheckFacility
{
    public static IEnumerable<ConfigurationFault> Of(ServiceOptions options)
    {
        foreach (var (key, phone) in new[]
        {
            ("Facility:ProcedureUnitPhone", options.Facility.ProcedureUnitPhone),
            ("Facility:AfterHoursPhone", options.Facility.AfterHoursPhone),
        })
            if (phone is not null && (phone.Count(char.IsAsciiDigit) < 3 || phone.Length > 40))
                yield return new(key, "must be a telephone number of at most 40 characters");
    }
}

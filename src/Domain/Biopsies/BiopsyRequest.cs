using System.Collections.Immutable;

namespace BiopsyFhir.Domain;

/// <summary>What the asker says about the biopsy; what is null is taken from the order.</summary>
public sealed record BiopsyRequest
{
    /// <summary>A day, or an instant.</summary>
    public PartialDate? ProcedureAt { get; init; }

    /// <summary>One of <see cref="Indications.All"/>.</summary>
    public string? Indication { get; init; }

    /// <summary>One of <see cref="BiopsySettings.Sites"/>.</summary>
    public string? Site { get; init; }
    public string Sedation { get; init; } = "none";
    public string Escort { get; init; } = "unknown";

    /// <summary>Inside hooks: an order that is being signed counts, and an appointment that is proposed.</summary>
    public bool DraftsCount { get; init; }
}

/// <summary>The biopsy, or why none was found (each a sentence).</summary>
public abstract record BiopsyFound
{
    public sealed record Ok(Biopsy Biopsy) : BiopsyFound;
    public sealed record NotFound(ImmutableArray<string> Why) : BiopsyFound;
}

/// <summary>What there is of marrow orders and bookings.</summary>
/// <param name="Orders">They count, whether dated or not.</param>
/// <param name="Unreadable">Marrow orders that must not be interpreted.</param>
public sealed record PendingBiopsies(ImmutableArray<OrderRecord> Orders, ImmutableArray<AppointmentRecord> Bookings, ImmutableArray<OrderRecord> Unreadable);

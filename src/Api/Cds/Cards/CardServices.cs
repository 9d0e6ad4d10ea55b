namespace BiopsyFhir.Api.Cds;

public static class CardServices
{
    /// <summary>Cards, what was shown of them, and feedback.</summary>
    public static IServiceCollection AddCards(this IServiceCollection services) => services
        .AddSingleton<HookCards>().AddSingleton<OrderContext>()
        .AddSingleton<ShownCards>().AddHostedService(provider => provider.GetRequiredService<ShownCards>())
        .AddSingleton<FeedbackStore>().AddSingleton<FeedbackSummary>();
}

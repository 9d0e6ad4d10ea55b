using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;

namespace BiopsyFhir.Mutation;

/// <summary>
/// Rewrites a throw-away copy of the rules so that one compile holds every mutant behind a switch: <c>a &lt; b</c> becomes
/// <c>(Mutant.Is(7) ? a &lt;= b : a &lt; b)</c>, the number <c>3</c> becomes <c>(Mutant.Is(8) ? 4 : 3)</c>. Patterns (<c>is &lt; 18</c>) and
/// constants must be compile-time constants, static tables are made once: they are left alone and counted.
/// </summary>
internal static class Instrument
{
    private static readonly string[] s_folders = ["Drugs", "Labs", "History", "Checks", "Readiness"];

    /// <summary>Files that turn words, codes, units and tables into facts, or facts into lines of a page. What is not named here decides.</summary>
    private static readonly HashSet<string> s_reading =
    [
        "Drugs/DoseText.cs", "Drugs/DrugCatalogue.cs", "Drugs/DrugLimits.cs", "Drugs/DrugTables.cs", "Drugs/MedicineWords.cs", "Drugs/NamesInText.cs", "Drugs/ReadDose.cs", "Drugs/RecogniseDrug.cs", "Drugs/Strength.cs",
        "Labs/Analyte.cs", "Labs/LabCatalogue.cs", "Labs/LabNames.cs", "Labs/LabWords.cs", "Labs/Mentions.cs", "Labs/ReadAnalytes.cs", "Labs/ReadQuantity.cs", "Labs/ReadResult.cs", "Labs/RecogniseLab.cs", "Labs/UnitSpelling.cs",
        "History/Denial.cs", "History/Phrase.cs", "History/PhraseIndex.cs", "History/ProblemCatalogue.cs", "History/Wording.cs", "Checks/AllergenCatalogue.cs",
        "Labs/LabLimits.cs", "Readiness/NextStep.cs",
    ];

    public static bool Reads(string mutant) => s_reading.Contains(mutant.Split(' ')[0]);

    public static int Run(string copy)
    {
        var rewriter = new Rewriter();
        foreach (var folder in s_folders)
            foreach (var file in Directory.EnumerateFiles(Path.Combine(copy, "src/Domain", folder), "*.cs", SearchOption.AllDirectories).Order(StringComparer.Ordinal))
            {
                rewriter.Open(Path.GetRelativePath(Path.Combine(copy, "src/Domain"), file), File.ReadAllLines(file));
                var root = CSharpSyntaxTree.ParseText(File.ReadAllText(file), new CSharpParseOptions(LanguageVersion.Preview)).GetRoot();
                File.WriteAllText(file, rewriter.Visit(root).ToFullString());
            }
        File.WriteAllText(Path.Combine(copy, "src/Domain/Mutant.cs"), $$"""
            namespace BiopsyFhir.Domain;

            /// <summary>Which mutant is on; which were reached.</summary>
            public static class Mutant
            {
                public static int On;
                public static readonly bool[] Reached = new bool[{{rewriter.Mutants.Count}}];

                public static bool Is(int number)
                {
                    Reached[number] = true;
                    return On == number + 1;
                }
            }
            """);
        File.WriteAllLines(Path.Combine(copy, "mutants.tsv"), [$"{rewriter.LeftAlone}", .. rewriter.Mutants]);
        Console.WriteLine($"{rewriter.Mutants.Count} mutants; {rewriter.LeftAlone} comparisons in patterns and constants left alone");
        return 0;
    }

    private sealed class Rewriter : CSharpSyntaxRewriter
    {
        public List<string> Mutants { get; } = [];
        public int LeftAlone { get; private set; }

        private readonly Dictionary<string, int> _alike = new(StringComparer.Ordinal);
        private string _file = "";
        private string[] _lines = [];

        public void Open(string file, string[] lines) => (_file, _lines) = (file, lines);

        public override SyntaxNode? VisitBinaryExpression(BinaryExpressionSyntax node)
        {
            var visited = (BinaryExpressionSyntax)base.VisitBinaryExpression(node)!;
            SyntaxKind[] others = node.Kind() switch
            {
                SyntaxKind.LessThanExpression => [SyntaxKind.LessThanEqualsToken, SyntaxKind.GreaterThanEqualsToken],
                SyntaxKind.LessThanOrEqualExpression => [SyntaxKind.LessThanToken, SyntaxKind.GreaterThanToken],
                SyntaxKind.GreaterThanExpression => [SyntaxKind.GreaterThanEqualsToken, SyntaxKind.LessThanEqualsToken],
                SyntaxKind.GreaterThanOrEqualExpression => [SyntaxKind.GreaterThanToken, SyntaxKind.LessThanToken],
                SyntaxKind.EqualsExpression => [SyntaxKind.ExclamationEqualsToken],
                SyntaxKind.NotEqualsExpression => [SyntaxKind.EqualsEqualsToken],
                _ => [],
            };
            // A variable declared inside an operand would be declared twice.
            if (others.Length == 0 || MustBeConstant(node) || node.DescendantNodes().Any(n => n is DeclarationExpressionSyntax or SingleVariableDesignationSyntax)) return visited;
            ExpressionSyntax result = visited.WithoutTrivia();
            foreach (var token in others)
            {
                var text = SyntaxFacts.GetText(token);
                var mutated = $"{visited.Left.WithoutTrivia().ToFullString()} {text} {visited.Right.WithoutTrivia().ToFullString()}";
                result = Switch(node, $"{node.OperatorToken.Text} becomes {text}", mutated, result.ToFullString());
            }
            return result.WithTriviaFrom(node);
        }

        public override SyntaxNode? VisitLiteralExpression(LiteralExpressionSyntax node)
        {
            if (!node.IsKind(SyntaxKind.NumericLiteralExpression) || MustBeConstant(node) || node.Token.Value is not (int or decimal)) return base.VisitLiteralExpression(node);
            var value = Convert.ToDecimal(node.Token.Value, System.Globalization.CultureInfo.InvariantCulture);
            if (Math.Abs(value) > 1000) return node;
            var more = (value + 1).ToString(System.Globalization.CultureInfo.InvariantCulture) + (node.Token.Value is decimal ? "m" : "");
            return Switch(node, $"{node.Token.Text} becomes {more}", more, node.Token.Text).WithTriviaFrom(node);
        }

        public override SyntaxNode? VisitRelationalPattern(RelationalPatternSyntax node)
        {
            LeftAlone++;
            return node;
        }

        private ParenthesizedExpressionSyntax Switch(SyntaxNode node, string what, string mutated, string original)
        {
            var line = node.GetLocation().GetLineSpan().StartLinePosition.Line + 1;
            // By its words, not by its number: a line that moves keeps its mutants.
            var key = $"{_file} \"{_lines[line - 1].Trim()}\": {what}";
            var nth = _alike[key] = _alike.GetValueOrDefault(key) + 1;
            Mutants.Add(nth == 1 ? key : $"{key}, {nth}.");
            return (ParenthesizedExpressionSyntax)SyntaxFactory.ParseExpression($"(Mutant.Is({Mutants.Count - 1}) ? {mutated} : {original})");
        }

        private bool MustBeConstant(SyntaxNode node)
        {
            foreach (var above in node.Ancestors())
            {
                if (above is PatternSyntax or AttributeSyntax or ParameterSyntax or EnumMemberDeclarationSyntax or SwitchLabelSyntax
                    // Worked out once, before any switch is on.
                    || above is FieldDeclarationSyntax field && (field.Modifiers.Any(SyntaxKind.ConstKeyword) || field.Modifiers.Any(SyntaxKind.StaticKeyword))
                    || above is PropertyDeclarationSyntax { Initializer: not null } property && property.Modifiers.Any(SyntaxKind.StaticKeyword)
                    || above is LocalDeclarationStatementSyntax local && local.IsConst)
                {
                    LeftAlone++;
                    return true;
                }
                if (above is StatementSyntax or MemberDeclarationSyntax) return false;
            }
            return false;
        }
    }
}

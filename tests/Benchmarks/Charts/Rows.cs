using System.Collections.Immutable;

namespace BiopsyFhir.Benchmarks.Charts;

/// <summary>What generated charts are made of: common medicines, results and problems of a haematology patient. Invented values.</summary>
internal static class Rows
{
    public static readonly ImmutableArray<(string Code, string Name, string Dose)> Medicines =
    [
        ("1364445", "apixaban 5 MG Oral Tablet [Eliquis]", "5 mg"), ("860975", "metformin hydrochloride 500 MG Oral Tablet", "500 mg"),
        ("314076", "lisinopril 10 MG Oral Tablet", "10 mg"), ("617310", "atorvastatin 20 MG Oral Tablet", "20 mg"),
        ("866436", "metoprolol succinate 50 MG Extended Release Oral Tablet", "50 mg"), ("312940", "sertraline 50 MG Oral Tablet", "50 mg"),
        ("402014", "omeprazole 20 MG Delayed Release Oral Capsule", "20 mg"), ("310965", "ibuprofen 400 MG Oral Tablet", "400 mg"),
        ("308182", "amoxicillin 500 MG Oral Capsule", "500 mg"), ("198240", "tamsulosin hydrochloride 0.4 MG Oral Capsule", "0.4 mg"),
        ("855332", "warfarin sodium 5 MG Oral Tablet", "5 mg"), ("966222", "levothyroxine sodium 0.075 MG Oral Tablet", "75 mcg"),
        ("310429", "furosemide 20 MG Oral Tablet", "20 mg"), ("197361", "amlodipine 5 MG Oral Tablet", "5 mg"),
        ("243670", "aspirin 81 MG Oral Tablet", "81 mg"), ("312615", "prednisone 20 MG Oral Tablet", "20 mg"),
        ("309362", "clopidogrel 75 MG Oral Tablet", "75 mg"), ("316672", "simvastatin 10 MG Oral Tablet", "10 mg"),
        ("310798", "hydrochlorothiazide 25 MG Oral Tablet", "25 mg"), ("197517", "clonazepam 0.5 MG Oral Tablet", "0.5 mg"),
        ("205323", "cholecalciferol 1000 UNT Oral Tablet", "1000 units"), ("310273", "ferrous sulfate 325 MG Oral Tablet", "325 mg"),
        ("308136", "allopurinol 100 MG Oral Tablet", "100 mg"), ("313782", "acetaminophen 325 MG Oral Tablet", "650 mg"),
    ];

    public static readonly ImmutableArray<(string Code, string Name, string Unit, decimal Value, decimal Step, decimal Low, decimal High, bool Vital)> Results =
    [
        ("718-7", "Hemoglobin [Mass/volume] in Blood", "g/dL", 9.1m, 0.1m, 12, 16, false), ("777-3", "Platelets [#/volume] in Blood by Automated count", "10*3/uL", 142, 3, 150, 400, false),
        ("6690-2", "Leukocytes [#/volume] in Blood by Automated count", "10*3/uL", 4.1m, 0.2m, 4, 11, false), ("4544-3", "Hematocrit [Volume Fraction] of Blood by Automated count", "%", 28.1m, 0.3m, 36, 46, false),
        ("787-2", "MCV [Entitic volume] by Automated count", "fL", 93, 0.4m, 80, 100, false), ("788-0", "Erythrocyte distribution width [Ratio] by Automated count", "%", 14.9m, 0.1m, 11, 15, false),
        ("751-8", "Neutrophils [#/volume] in Blood by Automated count", "10*3/uL", 2.2m, 0.1m, 1.8m, 7.7m, false), ("731-0", "Lymphocytes [#/volume] in Blood by Automated count", "10*3/uL", 1.3m, 0.1m, 1, 4, false),
        ("2160-0", "Creatinine [Mass/volume] in Serum or Plasma", "mg/dL", 1.1m, 0.02m, 0.6m, 1.2m, false), ("3094-0", "Urea nitrogen [Mass/volume] in Serum or Plasma", "mg/dL", 18, 1, 7, 20, false),
        ("2951-2", "Sodium [Moles/volume] in Serum or Plasma", "mmol/L", 138, 1, 136, 145, false), ("2823-3", "Potassium [Moles/volume] in Serum or Plasma", "mmol/L", 4.1m, 0.1m, 3.5m, 5.1m, false),
        ("2345-7", "Glucose [Mass/volume] in Serum or Plasma", "mg/dL", 104, 4, 70, 100, false), ("1742-6", "Alanine aminotransferase [Enzymatic activity/volume] in Serum or Plasma", "U/L", 22, 1, 7, 56, false),
        ("1920-8", "Aspartate aminotransferase [Enzymatic activity/volume] in Serum or Plasma", "U/L", 24, 1, 10, 40, false), ("1975-2", "Bilirubin.total [Mass/volume] in Serum or Plasma", "mg/dL", 0.8m, 0.05m, 0.1m, 1.2m, false),
        ("2532-0", "Lactate dehydrogenase [Enzymatic activity/volume] in Serum or Plasma", "U/L", 190, 5, 140, 280, false), ("2276-4", "Ferritin [Mass/volume] in Serum or Plasma", "ng/mL", 160, 6, 15, 150, false),
        ("2498-4", "Iron [Mass/volume] in Serum or Plasma", "ug/dL", 70, 2, 50, 170, false), ("2500-7", "Iron binding capacity [Mass/volume] in Serum or Plasma", "ug/dL", 300, 5, 250, 450, false),
        ("2132-9", "Cobalamin (Vitamin B12) [Mass/volume] in Serum or Plasma", "pg/mL", 420, 10, 200, 900, false), ("1988-5", "C reactive protein [Mass/volume] in Serum or Plasma", "mg/L", 3, 0.5m, 0, 5, false),
        ("6301-6", "INR in Platelet poor plasma by Coagulation assay", "{INR}", 1.0m, 0.02m, 0.9m, 1.1m, false), ("17849-1", "Reticulocytes/100 erythrocytes in Blood by Automated count", "%", 1.1m, 0.1m, 0.5m, 2, false),
        ("29463-7", "Body weight", "kg", 68, 0.2m, 45, 120, true), ("8302-2", "Body height", "cm", 163, 0, 140, 200, true),
    ];

    public static readonly ImmutableArray<(string Code, string Name)> Problems =
    [
        ("I10", "Essential (primary) hypertension"), ("E11.9", "Type 2 diabetes mellitus without complications"), ("I48.91", "Unspecified atrial fibrillation"),
        ("E78.5", "Hyperlipidemia, unspecified"), ("M17.9", "Osteoarthritis of knee, unspecified"), ("K21.9", "Gastro-esophageal reflux disease without esophagitis"),
        ("D64.9", "Anemia, unspecified"), ("F41.9", "Anxiety disorder, unspecified"), ("N39.0", "Urinary tract infection, site not specified"),
        ("H25.9", "Unspecified age-related cataract"), ("E03.9", "Hypothyroidism, unspecified"), ("Z79.01", "Long term (current) use of anticoagulants"),
        ("J30.9", "Allergic rhinitis, unspecified"), ("M54.5", "Low back pain"), ("G47.33", "Obstructive sleep apnea (adult) (pediatric)"),
    ];
}
